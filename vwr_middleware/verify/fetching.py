"""JSON over HTTP, within bounds, by the standard library."""

import json
from collections.abc import Mapping
from functools import cache
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

#: Bytes of an answer at most: a set of a hundred keys has 60 kB.
MOST_BYTES = 256 * 1024


class NotFetched(Exception):
    """There is no such document there, or no way to it."""


class _SafeRedirects(HTTPRedirectHandler):
    """Follows redirects, but none that leaves https."""

    max_redirections = 3

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in ("https", urlsplit(req.full_url).scheme):
            raise HTTPError(newurl, code, "a redirect away from https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: a request that carries a visitor's token goes where it was sent."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None


@cache
def _opener(redirects: type[HTTPRedirectHandler]) -> OpenerDirector:
    """Made when it is first needed: it reads the machine's certificates."""
    return build_opener(redirects)


def fetch_json(
    url: str, timeout: float, headers: Mapping[str, str] | None = None, *, follow: bool = True
) -> Any:
    """The document at an http or https URL. Raises NotFetched for whatever goes wrong."""
    request = Request(url, headers={"Accept": "application/json", **(headers or {})})
    try:
        opener = _opener(_SafeRedirects if follow else _NoRedirects)
        with opener.open(request, timeout=timeout) as response:
            body = response.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise NotFetched(f"{url} answers with more than {MOST_BYTES} bytes")
        return json.loads(body)
    except HTTPError as error:
        with error:
            raise NotFetched(f"{url} answers {error.code}") from error
    except URLError as error:
        raise NotFetched(f"{url} cannot be reached: {error.reason}") from error
    except (OSError, HTTPException) as error:
        raise NotFetched(f"{url} cannot be reached: {error!r}") from error
    except (ValueError, RecursionError) as error:
        raise NotFetched(f"{url} answers with what is no JSON") from error
