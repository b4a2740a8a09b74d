"""Which room the commands work on: what was said on the command line, or in the environment."""

import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass

import click

from vwr_middleware.blocking import finish
from vwr_middleware.cli.direct import Direct
from vwr_middleware.cli.remote import Remote
from vwr_middleware.errors import ConfigurationError, Refused
from vwr_middleware.keys import Keys
from vwr_middleware.settings import Settings
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import missing_file, open_store, place_problems

#: What the commands ask for everything: both have the same methods.
Client = Direct | Remote

#: Seconds that a command waits for a store at most. No visitor waits meanwhile, and who pauses a
#: room does so because machine and store have too much to do.
PATIENCE = 2.0

NO_FILE = (
    "this store holds no room, since there is no file {path}. Check that this is the app's store."
    " If nobody has visited a room yet, create it with `vwr prepare`"
)


def store_at(url: str, namespace: str) -> Store:
    """The store at a URL, for a command. Raises ConfigurationError."""
    return open_store(url, namespace, patience=PATIENCE)


@dataclass(slots=True)
class Reach:
    """How the commands reach a room. `settings` come from a framework's own configuration."""

    store: str | None = None
    namespace: str | None = None
    url: str | None = None
    key: str | None = None
    settings: Callable[[], Settings] | None = None

    def client(self, *, makes: bool = False) -> Client:
        """The way by the panel's URL if there is one, else by the store. `makes`: also to a store
        whose file is not there yet, which is made then."""
        if not self.url:
            return self._direct(makes)
        if not self.key:
            raise click.UsageError("--url needs --key (or VWR_KEY), a key from admin_api_key")
        return Remote(self.url, self.key, operator())

    def read(self) -> Settings | None:
        """The settings, if there are any: the framework's, or the environment's."""
        if self.settings is not None:
            return self.settings()
        if any(name in os.environ for name in ("VWR_SECRET_KEY", "VWR_PATHS", "VWR_ROOMS")):
            return Settings.from_env(os.environ)
        return None

    def _direct(self, makes: bool) -> Direct:
        settings = self.read()
        url = self.store or (settings.store if settings else "")
        if not url:
            raise click.UsageError(
                "name a store (--store or VWR_STORE) or a panel (--url or VWR_URL)"
            )
        if url.startswith("memory:"):
            raise click.UsageError(
                "memory:// lives inside the app's process: use --url with the panel's URL"
            )
        if not makes and (path := missing_file(url)):
            if problems := place_problems(url):
                raise ConfigurationError(problems)
            raise Refused(NO_FILE.format(path=path))
        namespace = self.namespace or (settings or Settings).namespace
        keys = Keys(settings.secret_key, namespace) if settings and settings.secret_key else None
        store = store_at(url, namespace)
        click.get_current_context().find_root().call_on_close(lambda: finish(store.close()))
        if url.startswith("sqlite:") and (problems := finish(store.check())):
            raise ConfigurationError(problems)
        return Direct(store, settings.rooms if settings else (), operator(), keys)


def operator() -> str:
    """Who this is, for the audit log."""
    try:
        return f"{getpass.getuser()} (shell)"
    except (KeyError, OSError, ImportError):
        return "shell"
