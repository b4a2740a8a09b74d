"""Who may come to the panel at all: the settings `admin_hosts` and `admin_networks`."""

from ipaddress import ip_network

from vwr_middleware.settings import Settings
from vwr_middleware.settings.web_kinds import bare_host
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.proxies import certain_address, host_of, ip_of
from vwr_middleware.web.remembered import warn_once
from vwr_middleware.web.replies import problem

_TURNED_AWAY = (
    "a request to the panel was answered 404, as if there were none, since it did not come %s."
    " If that was one of yours, correct the setting; the address and the host of those behind a"
    " proxy are right only with trusted_proxies"
)


class Outsiders:
    """Knows who is to find nothing where the panel is, neither its pages nor the API or metrics."""

    def __init__(self, settings: Settings) -> None:
        self._hosts, self._trusted = frozenset(settings.admin_hosts), settings.trusted_proxies
        self._networks = [ip_network(text) for text in settings.admin_networks]

    def turned_away(self, request: Request) -> Reply | None:
        """The answer to an outsider, the same whatever was sent; None: this is none."""
        if self._hosts and bare_host(host_of(request, self._trusted)) not in self._hosts:
            warn_once(_TURNED_AWAY, "to a host of admin_hosts")
        elif self._networks and not self._is_near(request):
            warn_once(_TURNED_AWAY, "from one of admin_networks")
        else:
            return None
        return problem(404, "there is nothing here").closing()

    def _is_near(self, request: Request) -> bool:
        ip = ip_of(certain_address(request, self._trusted))
        return ip is not None and any(ip in network for network in self._networks)
