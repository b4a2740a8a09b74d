"""What each proxy says of a request that it asks about, and how it understands a no."""

from dataclasses import dataclass, replace

from vwr_middleware.web.http import ORIGINALS, Request

#: A 200 is the only yes. A no has this status where the proxy takes nothing else for one, and sends
#: the request itself to our page: nginx makes a 500 of all others but 403.
NO = 401
#: A no that is an error of the configuration, so that nobody can be told where to wait.
REFUSED = 403


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of proxy asks."""

    name: str
    #: The header with the address that the visitor has requested; "" if that is the rest of ours.
    address: str
    #: The header with the method; "" if the proxy asks by the method itself.
    method: str
    #: The header with the host. It may be absent: then it is the Host header.
    host: str = "host"
    #: Whether the proxy shows the visitor our answer if it is a no. Then it is the page itself.
    shows_answer: bool = False
    #: Whether a 2xx of another kind than 200 is a no for this proxy, and a 5xx no answer at all.
    only_200_is_yes: bool = False
    #: Whether it takes our answers for those of an origin of our own, so that redirects must name
    #: the visitor's.
    needs_origin: bool = False
    #: Whether the cookies of an answer that it shows must each have a header of their own.
    numbers_cookies: bool = False
    #: Whether it hands on no header but Set-Cookie, and makes one of several: then the first cookie
    #: alone comes, which is the access token. A ticket that stays is worth nothing beside it.
    hands_on_one_cookie: bool = False
    #: Whether a yes must have every header that it may have, empty where there is nothing to say.
    reads_all_headers: bool = False
    #: Whether it asks for nothing, but sends us the request after a no, so as to show the answer.
    is_page: bool = False

    def status_of_no(self, status: int) -> int:
        """The status with which an answer of ours is surely a no for this proxy."""
        if self.is_page:
            return status
        if not self.shows_answer:
            return NO
        if self.only_200_is_yes:
            return 202 if status == 200 else 429 if status >= 500 else status
        return 503 if status < 300 else status


_ORIGINAL = Dialect("nginx", address="x-original-uri", method="x-original-method")
_FORWARDED = Dialect(
    "traefik",
    address="x-forwarded-uri",
    method="x-forwarded-method",
    host="x-forwarded-host",
    shows_answer=True,
    needs_origin=True,
)
_ENVOY = Dialect("envoy", address="", method="", shows_answer=True, only_200_is_yes=True)
_INGRESS = replace(
    _ORIGINAL, name="ingress-nginx", address="x-original-url", host="", hands_on_one_cookie=True
)

#: By the name in the address at which the proxy asks.
DIALECTS = {
    "nginx": _ORIGINAL,
    "haproxy": replace(_ORIGINAL, name="haproxy"),
    "apache": replace(_ORIGINAL, name="apache", shows_answer=True, numbers_cookies=True),
    "ingress-nginx": _INGRESS,
    "traefik": _FORWARDED,
    "caddy": replace(_FORWARDED, name="caddy", needs_origin=False, reads_all_headers=True),
    "envoy": _ENVOY,
    "page": replace(_ORIGINAL, name="page", shows_answer=True, is_page=True),
}
_UNNAMED = (_ORIGINAL, _INGRESS, _FORWARDED)

#: Headers in which some proxy names an address that was requested. A visitor may send them too.
ADDRESSES = (*ORIGINALS, "x-rewrite-url", "x-envoy-original-path")


def dialect_of(name: str, asked: Request) -> Dialect | None:
    """The dialect of this name, or the only one in which an address is named; None: there is none.

    A visitor may add a header that the proxy passes on. So with two, nobody can tell who asks.
    """
    if name:
        return DIALECTS.get(name)
    spoken = [dialect for dialect in _UNNAMED if asked.header(dialect.address)]
    return spoken[0] if len(spoken) == 1 else None
