"""Which changes of files are seen, and what the workers are told of them."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.in_time import in_time
from tests.support.room_service import SECRET, settings_file
from vwr_middleware.serve.options import Options
from vwr_middleware.serve.reloads import Reloads
from vwr_middleware.serve.room_service import LOOKS_EVERY
from vwr_middleware.serve.settings_file import read_given
from vwr_middleware.serve.shared_settings import SharedSettings

NEW_SECRET = "a new key for the room service"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As Kubernetes mounts a volume: the file is in a folder that is replaced as a whole."""
    for number in (1, 2):
        (tmp_path / f"version{number}").mkdir()
        text = f'secret_key_file = "secret"\nstore = "memory://"\nmax_active = {number}\n'
        settings_file(tmp_path / f"version{number}", text)
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "..data").symlink_to("version1")
    (tmp_path / "vwr.toml").symlink_to("..data/vwr.toml")
    return tmp_path


@contextmanager
def watching(file: Path) -> Iterator[Callable[[str], object]]:
    """What the workers are told, by name, while changes of the file are looked for."""
    shared_settings, given = SharedSettings(), read_given(file, {})
    shared_settings.put(given.values)
    reloads = Reloads(file, given, Options(), shared_settings)
    thread = threading.Thread(target=reloads._watch_files)
    thread.start()
    try:
        yield lambda name: shared_settings.take()[1].get(name)
    finally:
        reloads.end()
        thread.join()


def is_told(told: Callable[[str], object], name: str, value: object) -> bool:
    return in_time(lambda: told(name) == value, 30)


def swap(folder: Path, to: str) -> None:
    (folder / "..new").symlink_to(to)
    os.replace(folder / "..new", folder / "..data")


def test_replaced_files_and_folders_and_secrets_of_their_own_are_seen(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with watching(folder / "vwr.toml") as told:
        assert told("max_active") == 1
        swap(folder, "version2")
        assert is_told(told, "max_active", 2)
        (folder / "secret").write_text(f"{NEW_SECRET}\n{SECRET}\n")
        assert is_told(told, "secret_key", [NEW_SECRET, SECRET])
        swap(folder, "nowhere")
        assert in_time(lambda: "there is no file" in caplog.text, 30)
        swap(folder, "version2")
        assert in_time(lambda: "again those in force" in caplog.text, 30)
        assert told("max_active") == 2
    assert len(own(caplog)) == 4
    assert own(caplog)[:2] == ["the settings were read again"] * 2


def own(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "vwr_middleware"]


def test_a_bad_file_is_told_of_once_unless_it_is_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = settings_file(tmp_path, 'store = "memory://"\n')
    reloads = Reloads(file, read_given(file, {}), Options(), SharedSettings())
    settings_file(tmp_path, "max_activ = 3\n")
    for _ in range(3):
        reloads.reload(only_if_changed=True)
    assert len(own(caplog)) == 1
    reloads.reload()
    assert len(own(caplog)) == 2
    settings_file(tmp_path, "max_activ = 3\nmode = 'busy'\n")
    reloads.reload(only_if_changed=True)
    assert "mode must be one of" in own(caplog)[2]


def test_a_new_secret_is_known_to_all_before_one_signs_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'secret_key = {}\nstore = "memory://"\n'
    file = settings_file(tmp_path, text.format(f'"{SECRET}"'))
    shared_settings, given = SharedSettings(), read_given(file, {})
    reloads = Reloads(file, given, Options(), shared_settings)
    meanwhile = list[object]()

    def pause(seconds: float) -> None:
        assert seconds > LOOKS_EVERY * 2
        meanwhile.append(shared_settings.take()[1]["secret_key"])

    monkeypatch.setattr("vwr_middleware.serve.reloads.time.sleep", pause)
    settings_file(tmp_path, text.format(f'["{NEW_SECRET}", "{SECRET}"]'))
    reloads.reload()
    assert meanwhile == [[SECRET, NEW_SECRET, SECRET]]
    assert shared_settings.take()[1]["secret_key"] == [NEW_SECRET, SECRET]
    settings_file(tmp_path, text.format(f'"{NEW_SECRET}"'))
    reloads.reload()
    assert len(meanwhile) == 1, "it is known already"
