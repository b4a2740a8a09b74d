"""Tries what is installed, as somebody does who has no checkout: `nox -s installed` runs it.

It runs the examples of docs/testing.md in an empty folder, and a room in SQLite, the usual store.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import vwr_middleware

ROOT = Path(__file__).parents[1]
PUBLISHED, OWN = "a long secret of your own", "a secret that a reader has made"

SQLITE = """
from werkzeug.test import Client

from vwr_middleware.wsgi import WaitingRoomMiddleware


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"tickets"]


def test_a_room_in_a_file(tmp_path):
    given = {"secret_key": "a secret that a reader has made", "paths": "/tickets", "max_active": 1}
    store = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    room = WaitingRoomMiddleware(app, store=store, **given)
    answers = [Client(room).get("/tickets", headers={"Accept": "text/html"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 202]
"""


def main() -> int:
    """Run them all."""
    if Path(vwr_middleware.__file__).is_relative_to(ROOT / "vwr_middleware"):
        print("this is the checkout, not what is installed")
        return 1
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    shown = [code.replace(PUBLISHED, OWN) for code in examples if "def test_" in code]
    with tempfile.TemporaryDirectory() as folder:
        for number, code in enumerate([SQLITE, *shown]):
            if "django" not in code:  # which needs a project
                Path(folder, f"test_{number}.py").write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
