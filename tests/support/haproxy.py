"""A real HAProxy in front of an app, on this machine only; where it is installed."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import end, free_port, has_begun_to_accept

#: Its program; none where it is not installed.
HAPROXY = shutil.which("haproxy")

_CONFIGURATION = """
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend all
    bind 127.0.0.1:{port}
    {rules}
    default_backend app
backend app
    server one {behind}
"""


@contextmanager
def haproxy(rules: str, behind: str, folder: Path) -> Iterator[str]:
    """Pass everything on to an address, by these rules; yields the base URL."""
    port, file = free_port(), folder / "haproxy.cfg"
    file.write_text(_CONFIGURATION.format(port=port, rules=rules, behind=behind))
    process = subprocess.Popen([str(HAPROXY), "-q", "-db", "-f", str(file)], start_new_session=True)
    try:
        assert has_begun_to_accept(process, port), file.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)
