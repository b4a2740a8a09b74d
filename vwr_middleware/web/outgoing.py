"""What happens to the wrapped app's response on its way out."""

from collections.abc import Iterable

from vwr_middleware.web.http import Pass
from vwr_middleware.web.ready import encode

Headers = list[tuple[bytes, bytes]]

_SHARED = (b"public", b"s-maxage", b"immutable")
#: Headers that one kind of cache obeys instead of Cache-Control. The second is the end of a name:
#: every CDN has its own, such as `cloudflare-cdn-cache-control`.
_ONE_CACHE = (b"surrogate-control", b"edge-control", b"x-accel-expires")
_ONE_CACHE_END = b"cdn-cache-control"
_ENDS_LENGTH = len("vwr-session")
_ENDINGS = {b"completed": "complete", b"abandoned": "abandon"}


def amend(verdict: Pass, headers: Headers) -> Headers:
    """The app's response headers as they go to the visitor. Names must be in lower case.

    `VWR-Session` is taken out, and obeyed unless a cache could replay the response to others. Our
    cookies are added, and the response is then made private, so that no shared cache keeps it.
    """
    is_public = _is_public(headers)
    kept = []
    for name, value in headers:
        if name == b"vwr-session":
            _obey(verdict, value, is_public)
        else:
            kept.append((name, value))
    if not (verdict.cookies or verdict.extra_headers):
        return kept
    # What a cache may show to others must say nothing of this visitor, not even the session's end.
    if is_public and (verdict.may_wait or not verdict.cookies):
        return kept
    kept = _private(kept)
    kept.extend((b"set-cookie", cookie.header().encode("latin-1")) for cookie in verdict.cookies)
    kept.extend(map(encode, verdict.extra_headers))
    return kept


def amend_text(verdict: Pass, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same for headers as text. Returns the very same list if nothing must be changed."""
    if not (verdict.cookies or verdict.extra_headers or ends_session(headers)):
        return headers
    amended = amend(verdict, [*map(encode, headers)])
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, v in amended]


def ends_session(headers: Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the app says in these headers that its session is over."""
    for name, _ in headers:  # noqa: SIM110  (every response passes here: `any` takes twice as long)
        if len(name) == _ENDS_LENGTH and _is_ours(name):
            return True
    return False


def _is_ours(name: str | bytes) -> bool:
    # Text and bytes are never compared: `python -bb` would raise an error.
    return name.lower() == ("vwr-session" if isinstance(name, str) else b"vwr-session")


def _obey(verdict: Pass, value: bytes, is_public: bool) -> None:
    action = _ENDINGS.get(value.strip().lower())
    if action and verdict.session is not None and not is_public:
        getattr(verdict.session, action)()


def _is_for_one_cache(name: bytes) -> bool:
    return name in _ONE_CACHE or name.endswith(_ONE_CACHE_END)


def _is_public(headers: Headers) -> bool:
    for name, value in headers:
        if _is_for_one_cache(name):
            return True
        if name == b"cache-control" and any(word in value.lower() for word in _SHARED):
            return True
    return False


def _private(headers: Headers) -> Headers:
    """The headers without everything that lets a shared cache keep the response."""
    kept, directives = [], []
    for name, value in headers:
        if _is_for_one_cache(name):
            continue
        if name == b"cache-control":
            directives += [d.strip() for d in value.split(b",") if _is_harmless(d)]
        else:
            kept.append((name, value))
    if b"no-store" not in directives and b"private" not in directives:
        directives.insert(0, b"private")
    kept.append((b"cache-control", b", ".join(directives)))
    return kept


def _is_harmless(directive: bytes) -> bool:
    directive = directive.strip().lower()
    return bool(directive) and not directive.startswith((b"public", b"s-maxage"))
