"""The connection: what becomes of it where the file goes away, or a process is forked off."""

import gc
import os
import sqlite3
import threading
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.support.crowd import persistently
from tests.support.rooms import Room
from vwr_middleware.stores.sqlite.store import SqliteStore


def test_a_connection_that_was_given_up_is_not_kept(main: Room, file: Path) -> None:
    def kept() -> int:
        return sum(type(thing) is sqlite3.Connection for thing in gc.get_objects())

    before = kept()
    for _ in range(3):
        for name in file.parent.glob("vwr.sqlite3*"):
            name.unlink()
        main.look()
    assert kept() <= before


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_and_its_parent_go_on_with_the_same_room(main: Room) -> None:
    main.join()
    busy = threading.Thread(target=persistently, args=[lambda: main.join(2000)])
    busy.start()  # what a thread does at the time of the fork is not the child's
    child = get_context("fork").Process(target=forked, args=(main,))
    child.start()
    busy.join()
    child.join()
    assert child.exitcode == 0
    assert main.join()[0].position == 2003


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_finds_no_file_open(main: Room, file: Path) -> None:
    main.join()
    child = os.fork()
    if child == 0:
        held = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        os._exit(int(any(name.startswith(str(file)) for name in held)))
    assert os.waitpid(child, 0)[1] == 0


def test_a_process_forked_by_other_means_opens_the_file_anew(
    main: Room, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    main.join()
    inherited = store._connection
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert main.join()[0].position == 2
    assert store._connection is not inherited
    for connection in (inherited, store._connection):
        assert connection is not None
        connection.close()


def forked(room: Room) -> None:
    try:
        position = persistently(room.join)[0].position
        os._exit(0 if position in (2, 2002) else 1)
    finally:
        os._exit(2)
