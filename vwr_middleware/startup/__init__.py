"""What is checked before the first visitor.

checks.py           the user's templates, the store's file, and what works but should not stay so
own_templates.py    a user's own templates, in every state
wrapped_app.py      the app that is put into an adapter
unreached_paths.py  paths of rooms that no request would come to
servers.py          what the server that runs this process says of it
missing_extras.py   what to install where a package is missing
log_without_setup.py  what our log says where nobody has set up logging
"""
