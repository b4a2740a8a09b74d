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

from vwr_middleware.settings import Settings


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that we know: its template, which is also the name of the file that is written."""

    template: str
    #: How the file is used, in a sentence for whoever has just got it.
    use: str


PROXIES = {
    "nginx": Proxy(
        "vwr.nginx.conf", "include it in the server { } of your site, instead of its location /"
    ),
}


def proxy_configuration(name: str, settings: Settings, *, room_service: str, app: str) -> str:
    """The configuration of the proxy of this name."""
    template = _templates().get_template(PROXIES[name].template)
    return template.render(
        settings=settings,
        rooms=settings.rooms,
        room_service=room_service,
        app=app,
        proxy=name,
    )


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
