"""`vwr serve`: the waiting room as a service of its own, for apps that are not Python.

settings_file.py        reads vwr.toml, and what the environment overrides
new_file.py             writes a first vwr.toml, for `vwr init`
proxy_configuration.py  a proxy's configuration, filled in from the settings: templates in proxies/
options.py              what the command line says, whether it can start so, what start-up shows
server.py               runs the server with its workers
reloads.py              reads the settings again while they run
shared_settings.py      how workers learn of new settings
room_service.py         what a worker serves: the middleware, replaced when the settings change
without_app.py          what stands behind the middleware where there is no app
upstream.py             or the app on a server of its own, to which requests are handed on
upstream_client.py      the way to that server, and what is answered where it gives no answer
upstream_sockets.py     its WebSockets
upstream_headers.py     which headers go on, and which come back
"""

NEEDS = 'vwr serve needs the package {}: pip install "vwr-middleware[serve]"'
