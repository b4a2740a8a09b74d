"""The tutorials, as somebody follows them: the files and the servers are as they say."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.readme import DOCS, snippets
from tests.support.servers import free_port, running
from tests.support.waiting import wait_for
from vwr_middleware.demo.crowd import NAVIGATION

pytestmark = pytest.mark.outside
TUTORIALS = ("starlette", "fastapi", "flask", "django")
ENVIRONMENT = {
    "SECRET_KEY": "a secret that a reader has made",
    "ADMIN_PASSWORD": "a-password-for-operators",
}


def told(name: str) -> str:
    return (DOCS / f"tutorial-{name}.md").read_text()


def write(name: str, folder: Path) -> None:
    """Make the files that a tutorial tells its reader to make."""
    python = snippets(told(name), "python")
    if name != "django":
        shop, receipt, look = python
        before, _, after = shop.partition(_first_line_of_buying(shop))
        rest = re.sub(r"\A.*?\n\n\n?", "", after, count=1, flags=re.DOTALL)
        assert '"VWR-Session": "completed"' in receipt
        room = shop[shop.index(look.splitlines()[0]) :]
        changed = f"{before}{receipt}\n\n{rest}".replace(room, look)
        assert "VWR-Session" in changed and "Spring Concert" in changed
        (folder / "shop.py").write_text(changed)
        return
    urls, settings, receipt, look = python
    bought = next(line for line in urls.splitlines() if "Enjoy the concert" in line)
    (folder / "shop" / "urls.py").write_text(urls.replace(bought, receipt.rstrip()))
    with (folder / "shop" / "settings.py").open("a") as file:
        file.write(settings + look)


def _first_line_of_buying(shop: str) -> str:
    return next(
        line for line in shop.splitlines() if line.startswith(("@app.post", "async def buy"))
    )


@contextmanager
def served(name: str, folder: Path) -> Iterator[str]:
    """Run what a tutorial says, on a port of our own."""
    commands = [line for code in snippets(told(name), "sh") for line in code.splitlines()]
    start = next(line for line in commands if re.match(r"uvicorn|flask|python manage", line))
    for begin in (line for line in commands if line.startswith("django-admin")):
        made = [sys.executable, "-m", "django", *shlex.split(begin)[1:]]
        subprocess.run(made, cwd=folder, check=True)
    write(name, folder)
    port = free_port()
    with running(_command(shlex.split(start), port), port, ENVIRONMENT, folder) as address:
        yield address


def _command(words: list[str], port: int) -> list[str]:
    if words[0] == "python":
        return ["manage", *words[2:], f"127.0.0.1:{port}", "--noreload"]
    return [*words, "--port", str(port)]


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_leads_to_a_shop_with_a_line_before_it(name: str, tmp_path: Path) -> None:
    with served(name, tmp_path) as address, visitor(address) as first, visitor(address) as second:
        shop = first.get("/tickets").text
        assert "Two seats" in shop
        page = second.get("/tickets").text
        assert "Two seats" not in page
        assert "Spring Concert" in page
        assert "1 May, City Hall" in page
        field = re.search("csrfmiddlewaretoken value=([^>]+)>", shop)
        bought = first.post("/tickets", data={"csrfmiddlewaretoken": field[1]} if field else {})
        assert "Enjoy the concert" in bought.text
        assert "vwr-session" not in bought.headers
        wait_for(lambda: "Two seats" in second.get("/tickets").text)


def visitor(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers=NAVIGATION, timeout=30)
