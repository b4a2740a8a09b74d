"""Only a host that has agreed is tested, and it is asked just that."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Request, Response

from tests.support.serving import serving
from vwr_middleware.cli.commands import vwr
from vwr_middleware.errors import Refused
from vwr_middleware.loadtest import NEEDS
from vwr_middleware.loadtest import command as commands
from vwr_middleware.loadtest.agreement import target
from vwr_middleware.papers.agreement import agrees, consent_text

TOKEN = "a token that both of them know"


class Host:
    """A host that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = Response(status=404)
        self.url = ""

    def __call__(self, environ: Any, start: Any) -> Any:
        self.asked.append(Request(environ).full_path.rstrip("?"))
        return self.answer(environ, start)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    with serving(host) as host.url:
        yield host


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been played, if anything."""
    found: list[Any] = []
    monkeypatch.setattr(commands, "_run", lambda *given: found.append(given))
    monkeypatch.delenv("VWR_LOADTEST_TOKEN", raising=False)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(vwr, ["loadtest", *arguments])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: Response(status=404), "answers 404"),
        (lambda: Response(consent_text("another token, as long")), "made with another token"),
        (lambda: Response("<h1>Welcome</h1>"), "is something else"),
        (
            lambda: Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
            "leads to http://127.0.0.1:1/",
        ),
    ],
)
def test_a_host_that_has_not_agreed_is_refused_with_words(
    host: Host, begun: list[Any], answer: Callable[[], Response], why: str
) -> None:
    host.answer = answer()
    result = run(f"{host.url}/tickets", "--token", TOKEN)
    assert result.exit_code == 2
    assert why in result.output and "If it is not yours, do not test it" in result.output
    assert host.asked == ["/vwr/loadtest.txt"], "nothing but this one question"
    assert begun == []


def test_a_host_that_has_agreed_is_tested(host: Host, begun: list[Any]) -> None:
    host.answer = Response(consent_text(TOKEN))
    given = ["--people", "7", "--prefix", "/x/vwr/", "--within", "5", "--open", "/tickets/seats"]
    assert run(f"{host.url}/tickets?from=mail", "--token", f" {TOKEN}\r", *given).exit_code == 0
    ((plan, times, token, _),) = begun
    assert host.asked == ["/x/vwr/loadtest.txt"]
    assert (plan.origin, plan.path, plan.people) == (host.url, "/tickets?from=mail", 7)
    assert plan.inside_paths == ("/tickets/seats",) and token == TOKEN
    assert len(times) == 7 and max(times) <= 5


def test_arrivals_come_from_an_access_log(host: Host, begun: list[Any], tmp_path: Path) -> None:
    host.answer, log = Response(consent_text(TOKEN)), tmp_path / "access.log"
    lines = [
        f'192.0.2.{number} - - [01/May/2026:10:00:0{number} +0000] "GET {path} HTTP/1.1" 200 5'
        for number, path in enumerate(["/tickets", "/about", "/tickets/seats?row=1", "/tickets"])
    ]
    broken = '192.0.2.9 - - [yesterday] "GET /tickets HTTP/1.1" 200 5'
    log.write_text("\n".join([*lines, broken, "\x00\xff", ""]))
    options = ["--access-log", str(log), "--log-path", "/tickets"]
    assert run(f"{host.url}/tickets", "--token", TOKEN, *options).exit_code == 0
    assert run(f"{host.url}/", "--token", TOKEN, *options, "--people", "50").exit_code == 0
    more = ["--access-log", str(log), "--log-path", "/nowhere"]
    nobody = run(f"{host.url}/", "--token", TOKEN, *more)
    assert nobody.exit_code == 2 and "nobody comes" in nobody.output
    assert [plan.people for plan, *_ in begun] == [3, 50]
    assert [len(times) for _, times, *_ in begun] == [3, 50]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ftp://shop.example/",), "is not a URL like"),
        (("shop.example/tickets",), "is not a URL like"),
        (("http://[::1/",), "is not a URL"),
        (("http://host:99999/",), "is not a URL"),
        (("https://me:secret@shop.example/",), "must not contain a user name"),
        (("http://127.0.0.1:1/tickets",), "does not answer"),
        (("http://127.0.0.1:1/", "--absent", "0.8", "--programs", "0.5"), "more than everybody"),
        (("http://127.0.0.1:1/", "--minutes", "0.5", "--within", "60"), "raise --minutes"),
        (("http://127.0.0.1:1/", "--prefix", "vwr"), "begin with a slash"),
        (("http://127.0.0.1:1/", "--html", "/nowhere/at/all.html"), "there is no directory"),
        (("http://127.0.0.1:1/", "--master", "--worker"), "two roles"),
        (("http://127.0.0.1:1/", "--worker", "--json", "x.json"), "the master shows"),
    ],
)
def test_bad_input_is_refused_with_words(
    begun: list[Any], arguments: tuple[str, ...], told: str
) -> None:
    result = run(*arguments, "--token", TOKEN)
    assert result.exit_code == 2, result.output
    assert told in result.output and "Traceback" not in result.output
    assert begun == []


def test_without_a_token_nothing_is_asked(host: Host, begun: list[Any]) -> None:
    result = run(f"{host.url}/tickets")
    assert result.exit_code == 2 and "VWR_LOADTEST_TOKEN" in result.output
    assert host.asked == []


def test_without_locust_the_pip_command_is_told(
    begun: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "find_spec", lambda name: None)
    result = run("http://127.0.0.1:1/", "--token", TOKEN)
    assert result.exit_code == 2 and NEEDS in result.output


def test_the_mark_of_a_token_does_not_tell_it() -> None:
    text = consent_text(TOKEN)
    assert TOKEN not in text and agrees(text, TOKEN)
    assert not agrees(text, TOKEN + "!") and not agrees("", TOKEN) and not agrees("é", TOKEN)
    with pytest.raises(Refused):
        target("javascript:alert(1)")
