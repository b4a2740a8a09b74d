"""Where in a request's headers the access token stands."""

from collections.abc import Iterable

from vwr_middleware.web.cookie_header import find

OWN_HEADER, AUTHORIZATION, COOKIE = "vwr-token", "authorization", "cookie"
_WANTED = frozenset({OWN_HEADER, AUTHORIZATION, COOKIE})
#: Cookies of the room's name that are looked at: each may cost the check of a signature.
MOST_COOKIES = 4
#: Longer texts are no tokens of ours: see papers/tokens.py.
LONGEST = 2048

Headers = Iterable[tuple[str, str] | tuple[bytes, bytes]]


class Doubled(ValueError):
    """Several tokens came where one belongs."""


class RequestTokens:
    """Finds the tokens that a request brings for one room.

    In the room's own header, alone; else as a bearer token; else in the room's cookie, of which
    there may be several, since a page of a subdomain can add some.
    """

    def __init__(self, namespace: str, room_name: str) -> None:
        plain = f"{namespace}_{room_name}_token"
        self._cookies = (f"__Host-{plain}", plain)

    def find(self, headers: Headers) -> list[str]:
        """The candidates, at most a few, the likeliest first. Raises Doubled."""
        found = _wanted(headers)
        own = found[OWN_HEADER]
        if own:
            return [_only(own)]
        bearer = [text for each in found[AUTHORIZATION] if (text := _bearer(each)) is not None]
        if len(found[AUTHORIZATION]) > 1 and bearer:
            raise Doubled
        header = "; ".join(found[COOKIE])  # HTTP/2 may send each cookie by itself
        cookies = [text for name in self._cookies for text in find(header, name, MOST_COOKIES)]
        return [*bearer, *cookies[:MOST_COOKIES]]


def _wanted(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _WANTED}
    for name, value in headers:
        name_text = (name if isinstance(name, str) else name.decode("latin-1")).lower()
        if name_text in _WANTED:
            text = value if isinstance(value, str) else value.decode("latin-1")
            found[name_text].append(text)
    return found


def _only(values: list[str]) -> str:
    # Servers of WSGI and gateways write two headers of one name as one, with a comma between.
    if len(values) > 1 or "," in values[0]:
        raise Doubled
    return values[0].strip(" \t")


def _bearer(authorization: str) -> str | None:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    if "," in rest:
        raise Doubled
    return rest.strip(" \t")
