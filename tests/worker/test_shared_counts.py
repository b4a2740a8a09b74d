"""What workers post for each other."""

import subprocess
import sys

NAME = """
import os
os.getpid = lambda: 1
from vwr_middleware.worker.shared_counts import SharedCounts
print(SharedCounts(None, {}, is_read=True).worker)
"""


def test_workers_of_two_containers_with_one_hostname_have_two_names() -> None:
    """The processes of each container are counted from 1."""
    command = [sys.executable, "-c", NAME]
    one, other = (subprocess.check_output(command, text=True) for _ in range(2))
    assert ":1" in one and one != other
