"""What can be wrong with the place of a SQLite file, before it is opened."""

import os
from pathlib import Path

#: File systems on which several machines, or a machine and its guest, see one file. SQLite's
#: write-ahead log needs memory that all of its users share, which these do not give.
NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "coda", "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"ocfs2", "smb2", "smb3", "smbfs", "vboxsf", "prl_fs", "fuse.vmhgfs-fuse"}
    | {"fuse.cephfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
)


def file_problems(path: str, mounts: Path = Path("/proc/self/mounts")) -> list[str]:
    """The problems, with fixes. `mounts` is where the system lists its file systems, if it does."""
    if path in ("", ":memory:") or path.startswith("file:"):
        return ["store: sqlite:// needs a path (for a store in memory write memory://)"]
    file = Path(path).resolve()
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
    if not _writable(file):
        return [
            f"store: {file} cannot be written: give this process the right to write it and its"
            " directory, or name a file in one that it may write"
        ]
    return []


def file_system(file: Path, mounts: Path) -> str:
    """The kind of file system that a file is on; nothing where the system does not say."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, found = -1, ""
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        point = Path(place.encode().decode("unicode_escape"))
        if file.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind
    return found


def _writable(file: Path) -> bool:
    return os.access(file.parent, os.W_OK) and (not file.exists() or os.access(file, os.W_OK))
