"""The `vwr` command. `commands.group` gives it to a framework's own shell."""
