"""The `vwr` command. `commands.group` gives it to a framework's own shell."""

NEEDS = 'vwr needs click and rich: pip install "vwr-middleware[cli]"'
