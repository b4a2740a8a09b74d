"""Every module can be imported on systems that are no Unix, and names no path of one."""

import subprocess
import sys

import pytest

from tests.support.servers import ROOT

pytestmark = pytest.mark.outside

#: What Python has on Unix alone: modules, and names in modules that are everywhere.
UNIX_MODULES = "fcntl grp pty pwd readline resource syslog termios tty"
UNIX_NAMES = {
    "os": "fork forkpty getuid geteuid getgid getpgid getpgrp setsid setuid killpg fchown fchmod"
    " chown lchown register_at_fork sched_getaffinity sched_setaffinity sysconf uname wait3 wait4"
    " O_NOFOLLOW O_DIRECTORY O_CLOEXEC O_NONBLOCK statvfs getloadavg WNOHANG pread pwrite nice"
    " set_blocking mkfifo",
    "signal": "SIGHUP SIGUSR1 SIGUSR2 SIGKILL SIGALRM SIGCHLD SIGQUIT SIGPIPE SIGSTOP SIGCONT"
    " setitimer alarm pause sigwait pthread_sigmask pthread_kill siginterrupt",
    "select": "poll epoll kqueue POLLIN POLLOUT",
    "socket": "AF_UNIX SO_REUSEPORT socketpair_unix MSG_DONTWAIT CMSG_LEN",
    "asyncio": "open_unix_connection start_unix_server create_unix_server",
    "time": "tzset clock_settime",
    "mmap": "PROT_READ MAP_SHARED",
}

#: First everything is imported with all that other packages need; then ours alone once more,
#: where none of this is.
CODE = """
import importlib, pkgutil, sys
import django, warnings
from django.conf import settings
ADMIN = [f"django.contrib.{name}" for name in "admin auth contenttypes messages sessions".split()]
settings.configure(INSTALLED_APPS=[*ADMIN, "vwr_middleware.django"])
django.setup()
warnings.filterwarnings("ignore", "Model .* was already registered")  # imported twice, below
import vwr_middleware

def modules():
    names = pkgutil.walk_packages(vwr_middleware.__path__, "vwr_middleware.")
    skipped = ("__main__", "examples", "loadtest.crowd")  # Locust's own, which begins at once
    return [name for _, name, _ in names if not any(part in name for part in skipped)]

for name in modules():
    importlib.import_module(name)
for name in [name for name in sys.modules if name.split(".")[0] == "vwr_middleware"]:
    del sys.modules[name]

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in UNIX_MODULES.split():
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
for name in UNIX_MODULES.split():
    sys.modules.pop(name, None)
for module, names in UNIX_NAMES.items():
    for name in names.split():
        vars(importlib.import_module(module)).pop(name, None)
sys.platform = "win32"

import vwr_middleware
for name in modules():
    importlib.import_module(name)
print(len(modules()))
"""


def test_every_module_can_be_imported_where_nothing_of_unix_is() -> None:
    code = f"{UNIX_MODULES = }\n{UNIX_NAMES = }\n{CODE}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 250
