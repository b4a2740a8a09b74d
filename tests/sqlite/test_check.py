"""The place of a SQLite file: what is wrong with it, and the fix."""

import os
import re
import resource
import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.support.faults import fault
from tests.support.rooms import config
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask, Place
from vwr_middleware.stores import sqlite
from vwr_middleware.stores.opening import open_store, place_problems
from vwr_middleware.stores.sqlite.check import file_problems, file_system
from vwr_middleware.stores.sqlite.connection import connect
from vwr_middleware.stores.sqlite.store import SqliteStore


def problems(store: SqliteStore) -> str:
    (problem,) = finish(store.check())
    return problem


def test_a_good_place_has_no_problems_and_the_check_leaves_it_usable(store: SqliteStore) -> None:
    assert finish(store.check()) == []
    assert finish(store.refresh([Ask("main", config())]))[0].queue == 0


@pytest.mark.parametrize("path", ["", ":memory:", "file:x?mode=memory"])
def test_a_store_needs_a_file(path: str) -> None:
    assert "memory://" in problems(SqliteStore(path))


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "no" / "vwr.sqlite3")
    assert str(tmp_path / "no") in problems(store)
    with pytest.raises(StoreUnavailable):
        finish(store.refresh([Ask("main", config())]))


def test_a_working_directory_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "release").mkdir()
    monkeypatch.chdir(tmp_path / "release")
    (tmp_path / "release").rmdir()
    (told,) = place_problems("sqlite:///vwr.sqlite3")
    assert "name the file by its absolute path" in told
    store = open_store("sqlite:///vwr.sqlite3")
    assert finish(store.check()) == [told]
    with pytest.raises(StoreUnavailable):
        finish(store.refresh([Ask("main", config())]))
    assert place_problems(f"sqlite:///{tmp_path / 'vwr.sqlite3'}") == []


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    assert "is a directory" in problems(SqliteStore(tmp_path))


def test_a_file_of_another_kind_is_refused(file: Path) -> None:
    file.write_text("These are notes of mine, and no database at all. " * 40)
    store = SqliteStore(file)
    assert "not a database): move it away" in problems(store)
    with pytest.raises(StoreUnavailable):
        finish(store.refresh([Ask("main", config())]))
    assert file.read_text().startswith("These are notes")


def test_a_file_of_another_release_is_refused(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "another release" in problems(SqliteStore(file))


def test_a_file_of_an_older_release_gets_the_columns_that_came_since(
    file: Path, store: SqliteStore
) -> None:
    finish(store.refresh([Ask("main", config())]))
    finish(store.join("main", ["place"], None))
    finish(store.close())
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE rooms DROP COLUMN listens_until")
    (turn,) = finish(store.join("main", ["place"], None))
    assert turn.position == 2


def test_a_file_of_an_older_release_gets_the_table_that_came_since(
    file: Path, store: SqliteStore
) -> None:
    finish(store.refresh([Ask("main", config(mode="queue"))]))
    finish(store.close())
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE identities")
    found = [finish(store.join("main", ["place"], None, ["a" * 16]))[0] for _ in range(2)]
    assert [(turn.verdict, turn.position) for turn in found] == [("waiting", 1), ("known", 1)]


def test_a_file_of_a_release_that_kept_no_outcomes_keeps_its_room_and_places(
    file: Path, store: SqliteStore
) -> None:
    finish(store.refresh([Ask("main", config(max_active=1))]))
    finish(store.join("main", ["place", "place"], None))
    finish(store.close())
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE outcomes")
    assert finish(store.record("main")).outcomes == []
    assert finish(store.end("main", "1-1", "completed"))
    assert [how for _, _, how in finish(store.record("main")).outcomes] == ["completed"]
    assert finish(store.claim("main", Place(1, 2), 2.0)).verdict == "waiting", "its place is kept"


def test_an_older_release_that_makes_the_file_in_the_same_instant_costs_no_step(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Second(sqlite3.Connection):
        def executescript(self, script: str) -> sqlite3.Cursor:
            monkeypatch.undo()
            connect(str(file)).close()
            with closing(sqlite3.connect(file)) as older:
                older.execute("ALTER TABLE rooms DROP COLUMN listens_until")
                older.execute("DROP TABLE identities")
            return super().executescript(script)

    store = SqliteStore(file)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Second))
    assert finish(store.refresh([Ask("main", config())]))[0].queue == 0


def test_where_a_disk_is_full_another_file_is_no_fix_since_it_would_lose_the_room(
    file: Path, store: SqliteStore
) -> None:
    finish(store.refresh([Ask("main", config())]))
    finish(store.close())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        found = problems(store)
        with pytest.raises(StoreUnavailable) as away:
            finish(store.join("main", ["place"]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert found.endswith(away.value.fix)
    assert "free space on its disk" in found
    assert "another file" not in found


def test_what_cannot_be_written_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests as root may write anything, so the right is taken away here.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != file.parent)
    assert "cannot be written" in problems(SqliteStore(file))


@pytest.mark.parametrize("closed", ["", "-wal", "-shm"])
def test_who_may_not_write_a_file_or_what_is_beside_it_leaves_nothing_there(
    store: SqliteStore, file: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    finish(store.post("worker", "{}"))
    finish(store.close())
    part = Path(f"{file}{closed}")
    part.touch()
    before = set(file.parent.iterdir())
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != part)
    assert problems(store).startswith(f"store: {part} cannot be written")
    with pytest.raises(StoreUnavailable, match="cannot be written") as refused:
        finish(store.post("worker", "{}"))
    assert "may write to both" in refused.value.fix
    assert "turned read-only" in refused.value.fix
    assert set(file.parent.iterdir()) == before


def test_a_file_that_another_worker_has_just_made_is_taken_as_it_is(
    store: SqliteStore, file: Path
) -> None:
    finish(store.post("worker", "{}"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 0")  # as this worker read it a moment before
    later = SqliteStore(file)
    assert finish(later.check()) == []
    assert finish(later.post("", "")) == finish(store.post("", ""))
    finish(later.close())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_that_root_makes_belongs_to_whom_its_directory_does(file: Path) -> None:
    os.chown(file.parent, 1, 2)
    assert finish(SqliteStore(file).check()) == []
    assert (file.stat().st_uid, file.stat().st_gid) == (1, 2)
    os.chown(file, 3, 4)
    assert finish(SqliteStore(file).check()) == []  # a file that is there stays whose it is
    assert (file.stat().st_uid, file.stat().st_gid) == (3, 4)


def test_nobody_else_may_read_the_file_or_what_is_beside_it(store: SqliteStore, file: Path) -> None:
    finish(store.post("worker", "{}"))
    made = sorted(file.parent.glob(f"{file.name}*"))
    assert [stat.S_IMODE(part.stat().st_mode) for part in made] == [0o600] * 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make links of others")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_that_somebody_else_has_put_there_leads_root_nowhere(
    file: Path, tmp_path: Path, is_there: bool
) -> None:
    target = tmp_path / "elsewhere"
    if is_there:
        target.touch()
    file.symlink_to(target)
    assert finish(SqliteStore(file).check()) == []  # our own
    target.unlink()
    if is_there:
        target.touch()
    os.chown(file, 3, 4, follow_symlinks=False)
    store = SqliteStore(file)
    assert "a link that another user has made" in problems(store)
    with pytest.raises(StoreUnavailable):
        finish(store.post("worker", "{}"))
    assert not is_there or target.read_bytes() == b""
    assert target.exists() == is_there


@fault(
    "A store that would lose rooms: it may evict keys, is a replica, or on a network drive",
)
@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nhost:/x {tmp_path} {kind} rw 0 0\n")
    (problem,) = file_problems(str(tmp_path / "vwr.sqlite3"), mounts)
    assert kind in problem and "redis://" in problem


def test_the_file_system_is_the_one_mounted_last_and_deepest(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "a / ext4 rw 0 0\nb /srv nfs rw 0 0\nc /srv/my\\040disk xfs rw 0 0\nd /srv tmpfs rw 0 0\n"
    )
    places = {"/a": "ext4", "/srv/b": "tmpfs", "/srv/my disk/c": "xfs", "/srvb/d": "ext4"}
    assert {place: file_system(Path(place), mounts) for place in places} == places
    assert file_system(Path("/a"), tmp_path / "none") == ""


def test_places_of_any_spelling_are_read(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_bytes(
        "a / ext4 rw 0 0\nb /srv/Entrepôt nfs rw 0 0\n".encode() + b"c /\xff vfat rw\n"
    )
    assert file_system(Path("/srv/Entrepôt/a"), mounts) == "nfs"
    assert file_system(Path(os.fsdecode(b"/\xff/a")), mounts) == "vfat"


def test_the_file_stays_where_it_is_when_an_app_changes_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///vwr.sqlite3")
    finish(store.post("worker", "{}"))
    monkeypatch.chdir("elsewhere")
    assert finish(store.post("", "")) == {"worker": "{}"}
    assert [file.name for file in Path().iterdir()] == []
    finish(store.close())


def test_an_old_sqlite_will_do_as_enterprise_systems_have_it() -> None:
    files = Path(sqlite.__file__).parent.glob("*.py")
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert "ON CONFLICT" in text  # 3.24
    since_3_35 = r"\bRETURNING\b|\bDROP COLUMN\b|\bMATERIALIZED\b|\bSTRICT\b|->>|\bIIF\("
    assert re.findall(since_3_35, text) == []
