"""The visitors of the benchmarks: the headers they send and the cookies they have been given."""

import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import jwt

#: What Chromium sends when somebody opens a page, in its order. A cookie comes last.
NAVIGATION = {
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
}

#: What it sends when a page's script fetches something.
FETCH = {
    "User-Agent": NAVIGATION["User-Agent"],
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
}


class Door:
    """One connection to a server, on which visitors come one after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, path: str, headers: dict[str, str]) -> tuple[int, str, str]:
        """Status, text and the cookies that the answer sets."""
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read().decode("latin-1")
        return answer.status, text, "; ".join(_cookies(answer))

    def enter(self, path: str = "/tickets") -> str:
        """Come in, come back once (which confirms the session), and return the cookies."""
        status, _, cookies = self.ask(path, NAVIGATION)
        if status != 200 or not cookies:
            raise RuntimeError(f"a visitor was not let in, but got {status}")
        status, _, renewed = self.ask(path, {**NAVIGATION, "Cookie": cookies})
        if status != 200:
            raise RuntimeError(f"a visitor who was inside got {status}")
        return renewed or cookies

    def wait(self, path: str = "/tickets") -> str:
        """Take a place in line, and return the cookies."""
        status, _, cookies = self.ask(path, NAVIGATION)
        if status != 202 or not cookies:
            raise RuntimeError(f"a visitor should wait, but got {status}")
        return cookies


def _cookies(answer: HTTPResponse) -> Iterator[str]:
    for header in answer.msg.get_all("Set-Cookie", []):
        if "max-age=0" not in header.lower():
            yield header.split(";", 1)[0]


def by_hand(name: str, count: int, secret: str) -> list[str]:
    """The cookies that the waiting room written by hand has given to so many visitors."""
    exp = int(time.time()) + 7200
    return [
        f"{name}=" + jwt.encode({"position": position, "exp": exp}, secret, algorithm="HS256")
        for position in range(1, count + 1)
    ]
