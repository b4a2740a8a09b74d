"""A real nginx in front of an app, on this machine only; for machines on which it is installed."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import end, free_port, has_begun_to_accept

#: Its program; none where it is not installed.
NGINX = shutil.which("nginx")

_CONFIGURATION = """
{modules}
{user}daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    {outside}
    server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""


@contextmanager
def nginx(
    locations: str, folder: Path, outside: str = "", modules: Sequence[Path] = ()
) -> Iterator[str]:
    """Serve these locations, by what stands outside of the server too; yields the base URL."""
    port, file = free_port(), folder / "nginx.conf"
    parts = {"folder": folder, "port": port, "locations": locations, "outside": outside}
    # Its worker writes into a cache in the folder, which is root's where root runs the tests.
    parts["user"] = "user root; " if folder.stat().st_uid == 0 else ""
    parts["modules"] = "".join(f"load_module {module};" for module in modules)
    file.write_text(_CONFIGURATION.format(**parts))
    process = subprocess.Popen([str(NGINX), "-c", str(file)], start_new_session=True)
    try:
        assert has_begun_to_accept(process, port), (folder / "error.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)
