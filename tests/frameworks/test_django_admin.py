"""A real Django project, made by Django's own command: its admin shows the rooms, and its signals
tell what happens there.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.in_time import in_time
from tests.support.servers import free_port

pytestmark = pytest.mark.outside

SETTINGS = """
INSTALLED_APPS += ["vwr_middleware.django"]
MIDDLEWARE.insert(1, "vwr_middleware.django.WaitingRoomMiddleware")
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
import os
STORE = f"sqlite:///{os.environ.get('DOOR')}.sqlite3"
VWR = {"PATHS": ["/tickets"], "MAX_ACTIVE": 1, "STORE": STORE}
"""
LISTENS = """
import os
from pathlib import Path
from django.http import HttpResponse
from vwr_middleware.django import signals

def noted(event, **more):
    with Path(f"{os.environ['DOOR']}.told").open("a") as file:
        file.write(f"{event.name} {event.subject}\\n")

def fails(event, **more):
    raise ValueError("a receiver with a fault")

urlpatterns.append(path("tickets", lambda request: HttpResponse("inside")))
signals.claimed.connect(fails)
signals.any_event.connect(noted)
"""
PEOPLE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "sales.settings"
import django
django.setup()
from django.core.management import call_command
call_command("check", fail_level="WARNING")
call_command("makemigrations", check=True)
call_command("migrate", verbosity=0)
from django.contrib.auth.models import Permission, User
User.objects.create_superuser("boss", password="pw")
User.objects.create_user("clerk", password="pw", is_staff=True)
looker = User.objects.create_user("looker", password="pw", is_staff=True)
looker.user_permissions.add(Permission.objects.get(codename="view_waitingroom"))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    run(folder, "-m", "django", "startproject", "sales", ".")
    for name, text in (("settings.py", SETTINGS), ("urls.py", LISTENS)):
        with (folder / "sales" / name).open("a") as file:
            file.write(text)
    run(folder, "-c", PEOPLE)
    return folder


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def url(request: pytest.FixtureRequest, project: Path) -> Iterator[str]:
    port = free_port()
    door = request.param
    log = (project / f"{door}.log").open("w")
    server = {
        "wsgi": ["manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        "asgi": ["-m", "uvicorn", "--port", str(port), "sales.asgi:application"],
    }[door]
    process = subprocess.Popen(
        [sys.executable, *server],
        cwd=project,
        stdout=log,
        stderr=log,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "DOOR": door},
    )
    try:
        there = f"http://127.0.0.1:{port}"
        assert in_time(lambda: _answers(there), 60), (project / f"{door}.log").read_text()
        yield there
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/admin/login/").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def signed_in(url: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        page = client.get("/admin/login/").text
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found
        form = {"username": name, "password": "pw", "csrfmiddlewaretoken": found[1]}
        assert client.post("/admin/login/?next=/admin/", data=form).status_code == 302
        yield client


def test_the_admin_shows_rooms_and_audit_to_whom_it_may_and_leads_to_the_panel(url: str) -> None:
    page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    for _ in range(2):
        with httpx.Client(base_url=url, headers=page) as person:
            person.get("/tickets"), person.get("/tickets")
    with signed_in(url, "boss") as boss:
        assert "/admin/vwr/waitingroom/" in boss.get("/admin/").text
        panel = boss.get("/vwr-admin/rooms/main", headers=page).text
        csrf = re.search(r'name="csrf" value="(\w+)"', panel)
        assert csrf
        boss.post("/vwr-admin/rooms/main/pause", data={"csrf": csrf[1]})
        told = boss.get("/admin/vwr/waitingroom/")
        assert told.status_code == 200
        assert '<a href="/vwr-admin/rooms/main">' in told.text
        assert re.search(r"<td>boss</td><td>mode</td><td>\w+</td><td>paused</td>", told.text)
        assert "1 of 1 inside" in told.text
        assert boss.get("/admin/vwr/waitingroom/add/").status_code == 403
    with signed_in(url, "looker") as looker:
        assert "1 of 1 inside" in looker.get("/admin/vwr/waitingroom/").text
    with signed_in(url, "clerk") as clerk:
        assert "waitingroom" not in clerk.get("/admin/").text
        assert clerk.get("/admin/vwr/waitingroom/").status_code == 403
    with httpx.Client(base_url=url) as nobody:
        assert nobody.get("/admin/vwr/waitingroom/").status_code == 302


@pytest.mark.parametrize(("name", "statuses"), [("boss", (302, 403, 302)), ("clerk", (403, 403))])
def test_a_room_has_no_page_of_its_own_there(
    url: str, name: str, statuses: tuple[int, ...]
) -> None:
    with signed_in(url, name) as client:
        for page, status in zip(("change", "delete", "history"), statuses, strict=False):
            assert client.get(f"/admin/vwr/waitingroom/main/{page}/").status_code == status, page


def test_signals_are_told_what_happens_also_if_a_receiver_fails(
    url: str, project: Path, request: pytest.FixtureRequest
) -> None:
    door = request.node.callspec.params["url"]

    def told() -> set[str]:
        return {line.split()[0] for line in (project / f"{door}.told").read_text().splitlines()}

    assert in_time(lambda: {"claimed", "joined", "mode_changed"} <= told())
    assert "a receiver with a fault" in (project / f"{door}.log").read_text()
