"""Who may ask for decisions: the site's own proxies, known by their networks or by a key.

The headers of a question say who the visitor is and what was requested. So whoever asks must be a
proxy that writes them itself.
"""

import hmac
from ipaddress import ip_network

from vwr_middleware.settings import Settings
from vwr_middleware.web.http import Request
from vwr_middleware.web.proxies import ip_of

#: The header by which a proxy shows the key.
KEY_HEADER = "vwr-decision-key"

NOT_SET_UP = (
    "a proxy asks at {prefix}/auth whether to let requests through, but neither decision_key nor"
    " decision_networks says which proxies may: nobody is let in"
)
WRONG_KEY = (
    "somebody asks at {prefix}/auth without the right VWR-Decision-Key, and is refused: if it is"
    " your proxy, let it send decision_key"
)
WRONG_NETWORK = (
    "somebody asks at {prefix}/auth from outside decision_networks, and is refused: if it is your"
    " proxy, add its address (behind uvicorn, start that with --no-proxy-headers, or it names the"
    " visitor's), or use decision_key"
)


class Permission:
    """Knows whose questions are answered. If both settings are set, both must hold."""

    def __init__(self, settings: Settings) -> None:
        self._keys = [key.encode() for key in settings.decision_key]
        self._networks = [ip_network(text) for text in settings.decision_networks]
        self._prefix = settings.prefix

    def problem_of(self, asked: Request) -> str:
        """Why this question is not answered, as the log tells it; "" if it is."""
        if not self._keys and not self._networks:
            problem = NOT_SET_UP
        elif self._keys and not self._has_key(asked.header(KEY_HEADER)):
            problem = WRONG_KEY
        elif self._networks and not self._is_near(asked.client):
            problem = WRONG_NETWORK
        else:
            return ""
        return problem.format(prefix=self._prefix)

    def _has_key(self, sent: str) -> bool:
        found = sent.encode("latin-1", "replace")
        fits = [hmac.compare_digest(found, key) for key in self._keys]  # all, whichever fits
        return any(fits)

    def _is_near(self, client: str) -> bool:
        ip = ip_of(client)
        return ip is not None and any(ip in network for network in self._networks)
