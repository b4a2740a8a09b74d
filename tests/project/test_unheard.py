"""Our log says whose it is where nobody has set up logging; elsewhere it adds nothing."""

import subprocess
import sys

import pytest

from tests.support.cases import in_long

MADE = """
import logging, sys
from vwr_middleware.wsgi import WaitingRoomMiddleware
SET_UP
for _ in range(2):
    WaitingRoomMiddleware(lambda environ, start_response: [], secret_key="a key of the very own",
        store="memory://", rooms=[{"name": "a", "paths": "/"}, {"name": "b", "paths": "/b"}])
"""
WORDS = "room 'b': '/b' never leads to it"


def lines_of(set_up: str) -> list[str]:
    code = MADE.replace("SET_UP", set_up)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [line for line in done.stderr.splitlines() if WORDS in line]


def test_without_any_logging_a_line_says_when_how_bad_and_whose_it_is() -> None:
    lines = lines_of("")
    assert len(lines) == 2  # of two middlewares
    assert all(f" WARNING vwr_middleware: {WORDS}" in line for line in lines)
    assert lines[0].startswith("20")


@pytest.mark.parametrize(
    "set_up",
    [
        "logging.basicConfig(format='app %(message)s')",
        in_long(
            "import logging.config; logging.config.dictConfig({'version': 1, 'formatters': {'a':"
            " {'format': 'app %(message)s'}}, 'handlers': {'h': {'class': 'logging.StreamHandler',"
            " 'formatter': 'a'}}, 'loggers': {'vwr_middleware': {'handlers': ['h']}}})"
        ),
        in_long(
            "h = logging.StreamHandler(); h.setFormatter(logging.Formatter('app %(message)s'));"
            " logging.getLogger('vwr_middleware').addHandler(h)"
        ),
    ],
)
def test_with_an_apps_own_logging_its_handlers_alone_say_it(set_up: str) -> None:
    assert [line.partition(WORDS)[0] for line in lines_of(set_up)] == ["app "] * 2
