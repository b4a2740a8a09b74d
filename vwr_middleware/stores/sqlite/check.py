"""What can be wrong with a SQLite file and its place, and what an operator can do about it."""

import os
import re
import sqlite3
import stat
import sys
from contextlib import suppress
from pathlib import Path

#: File systems on which several machines, or a machine and its guest, use one file. SQLite's
#: write-ahead log needs memory that all of its users share, which these do not provide.
NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "coda", "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"ocfs2", "smb2", "smb3", "smbfs", "vboxsf", "prl_fs", "fuse.vmhgfs-fuse"}
    | {"fuse.cephfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
)

#: How a mount point's space, for one, is escaped. Other bytes are as they are, UTF-8 or not.
_ESCAPED = re.compile(rb"\\([0-7]{3})")

_RIGHTS = (
    "check that its directory exists, that this process may write to both, and that the disk has"
    " not turned read-only, as a faulty one does"
)
_DISK = "free space on its disk, and check that the disk works"
#: What helps where a file is no database any more, or not what was written.
AWAY = "move it away (running workers rebuild it from what they know), or name another file"
#: By SQLite's code of an error. To name another file, which loses the room, is the last resort.
_FIXES = {
    sqlite3.SQLITE_BUSY: (
        "another process has held its lock for too long, mostly a worker of this app that waits for"
        " a slow or busy disk; if this lasts, a faster disk or redis:// helps, unless another"
        " program has the file open (a backup, a sqlite3 shell): then close that"
    ),
    sqlite3.SQLITE_PROTOCOL: "name a file on a local disk, where files can be locked",
    sqlite3.SQLITE_FULL: _DISK,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_CORRUPT: AWAY,
    sqlite3.SQLITE_NOTADB: AWAY,
}


def code_of(error: sqlite3.DatabaseError) -> int:
    """SQLite's code of an error, without its details; 0 for an error of our own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def fix_of(error: sqlite3.DatabaseError) -> str:
    """What an operator can do about an error; "" if that is not known."""
    return _FIXES.get(code_of(error), "")


def make_private(path: str) -> None:
    """Make the file, which nobody else may read; SQLite gives the files beside it the same rights.

    As root, give it to the owner of its directory. Some servers load the app as root and serve it
    as another user (`gunicorn --preload --user`), and operators run commands as root. Workers could
    not write a file that belongs to root.
    """
    if _is_no_file(path):
        return
    with suppress(OSError):  # such as: it is there, or a link is
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            if sys.platform != "win32" and _me() == 0:
                folder = Path(path).parent.stat()
                os.fchown(file, folder.st_uid, folder.st_gid)
        finally:
            os.close(file)


def refuse_a_strangers_link(path: str) -> None:
    """Raises sqlite3.OperationalError for a symbolic link that another user has put there.

    Who may write to the directory, and is not root, could lead root to any file.
    """
    with suppress(OSError):  # there is no such file
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode) and status.st_uid not in (0, _me()):
            error = sqlite3.OperationalError(f"{path} is a link that another user has made")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error


def _me() -> int:
    """The number of this process's user; Windows has none."""
    if sys.platform == "win32":
        return -1
    return os.geteuid()


def refuse_to_read_only(path: str) -> None:
    """Raises sqlite3.OperationalError for a file that this process may read but not write.

    SQLite would open it and leave a log beside it that belongs to this user: then those who may
    write the file could not write its log.
    """
    part = _closed_part(path)
    if part:
        error = sqlite3.OperationalError(f"{part} cannot be written")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY
        raise error


def _closed_part(path: str) -> str:
    """Which of the file, its log and its index is there and cannot be written; "" for none."""
    return next(filter(_is_closed, (path, f"{path}-wal", f"{path}-shm")), "")


def _is_closed(part: str) -> bool:
    # Checked twice, since a log comes and goes as workers open and close the file.
    return _cannot_be_written(part) and os.path.exists(part) and _cannot_be_written(part)


def _cannot_be_written(part: str) -> bool:
    return not os.access(part, os.W_OK)


def located(path: str) -> str:
    """The file's absolute path, since an app may change its working directory while it runs."""
    try:
        return path if _is_no_file(path) else os.path.abspath(path)
    except FileNotFoundError:  # the working directory is gone, which `file_problems` reports
        return path


def _is_no_file(path: str) -> bool:
    return path in ("", ":memory:") or path.startswith("file:")


def file_problems(path: str, mounts: Path = Path("/proc/self/mounts")) -> list[str]:
    """The problems, with fixes. `mounts` is Linux's list of mounted file systems."""
    if _is_no_file(path):
        return ["store: sqlite:// needs a path (for a store in memory write memory://)"]
    try:
        file = Path(path).resolve()
    except FileNotFoundError:
        return [
            f"store: {path} would be in the working directory, which no longer exists: change to"
            " one that does, or name the file by its absolute path"
        ]
    if file.is_dir():
        return [f"store: {file} is a directory: name a file in it"]
    if not file.parent.is_dir():
        return [f"store: the directory {file.parent} does not exist: make it, or name another"]
    kind = file_system(file, mounts)
    if kind in NETWORK:
        return [
            f"store: {file} is on a network file system ({kind}), where SQLite loses data:"
            " name a file on a local disk, or use redis:// for several machines"
        ]
    closed = _closed_part(str(file)) or ("" if os.access(file.parent, os.W_OK) else file)
    if closed:
        return [
            f"store: {closed} cannot be written: let this process write to it and its directory,"
            " or name a file in a directory where it may write"
        ]
    return []


def file_system(file: Path, mounts: Path) -> str:
    """The kind of file system that a file is on; "" where the system does not say."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return ""
    best, found = -1, b""
    for line in lines:
        _, place, kind, *_ = line.split(b" ")
        point = Path(os.fsdecode(_ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 8)]), place)))
        if file.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind
    return found.decode()
