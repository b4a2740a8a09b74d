"""What is checked before the first visitor.

checks.py          the user's templates, the store's file, and what works but should not stay so
own_templates.py   a user's own templates, in every state
wrapped_app.py     the app that is put into an adapter
servers.py         what the server that runs this process says of it
unreached_paths.py   whether the paths of rooms lead somewhere
cors_layers.py       what answers every preflight within an app
missing_extras.py    what to install where a package is missing
log_without_setup.py what our log says where nobody has set up logging
"""
