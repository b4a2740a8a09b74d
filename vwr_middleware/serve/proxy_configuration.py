"""The configuration of a proxy in front of the app, filled in from the room's settings.

Each is a template in `proxies/`; it finds there:
    settings        all of `Settings`
    rooms           its rooms
    room_service    where `vwr serve` listens: host:port, or unix:/path
    app             where the app listens: host:port, or unix:/path
    proxy           the name of the proxy
"""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from vwr_middleware.papers.cookies import PaperCookies
from vwr_middleware.settings import RoomSettings, Settings


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that we know: its template, which is also the name of the file that is written."""

    template: str
    #: How the file is used, in a sentence for whoever has just got it.
    use: str
    #: A second file that the first one names; "" if there is none.
    beside: str = ""


PROXIES = {
    "nginx": Proxy("vwr.nginx.conf", "put it beside your sites, as /etc/nginx/conf.d/vwr.conf"),
    "haproxy": Proxy(
        "vwr.haproxy.cfg",
        "put both files into /etc/haproxy, this one as haproxy.cfg",
        beside="vwr.haproxy.lua",
    ),
    "apache": Proxy(
        "vwr.apache.conf",
        "put both files into /etc/apache2/sites-available, and enable what the first one names",
        beside="vwr.apache.lua",
    ),
    "traefik": Proxy(
        "vwr.traefik.yaml", "name it in providers.file of Traefik's own configuration"
    ),
    "envoy": Proxy("vwr.envoy.yaml", "start it with: envoy -c vwr.envoy.yaml"),
    "kubernetes": Proxy(
        "vwr.kubernetes.yaml", "correct its host and: kubectl apply -f vwr.kubernetes.yaml"
    ),
    "kubernetes-traefik": Proxy(
        "vwr.kubernetes-traefik.yaml", "correct its host and namespace, and apply it"
    ),
    "kubernetes-gateway": Proxy(
        "vwr.kubernetes-gateway.yaml", "correct its host and namespace, and apply it"
    ),
    "caddy": Proxy("vwr.Caddyfile", "use it as /etc/caddy/Caddyfile, or import it there"),
}


def proxy_configuration(name: str, settings: Settings, *, room_service: str, app: str) -> str:
    """The configuration of the proxy of this name."""
    return proxy_files(name, settings, room_service=room_service, app=app)[PROXIES[name].template]


def proxy_files(name: str, settings: Settings, *, room_service: str, app: str) -> dict[str, str]:
    """All files of a proxy's configuration, by their names."""
    names = [file for file in (PROXIES[name].template, PROXIES[name].beside) if file]
    given = {
        "settings": settings,
        "rooms": settings.rooms,
        "room_service": room_service,
        "app": app,
        "proxy": name,
        "cookies": [
            name for room in settings.rooms for name in PaperCookies(settings, room.name).names
        ],
        "plain_paths": {room.name: _plain(room) for room in settings.rooms},
        "key": settings.decision_key[0] if settings.decision_key else "",
    }
    return {file: _templates().get_template(file).render(given) for file in names}


def _plain(room_settings: RoomSettings) -> list[str]:
    """The paths of a room that are neither regexes nor have a star."""
    return [path for path in room_settings.paths if isinstance(path, str) and "*" not in path]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("vwr_middleware.serve", "proxies"),
        autoescape=False,  # no HTML: each template quotes as its proxy reads it
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
