"""The first `vwr.toml`, with a fresh secret, and the writing of it and of other new files."""

import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

_TEXT = """\
# The waiting room of this site: vwr serve {file}
#
# The lines that begin with # are defaults or examples. All settings, with the same names:
# docs/settings.md. VWR_... variables override this file (VWR_MAX_ACTIVE=300).
# A change is taken over as soon as the file is saved, or by SIGHUP.

# Signs places and sessions. Keep it, or everybody in line loses their place; keep it to yourself,
# or anybody can sign. It may stand in a file of its own instead: secret_key_file = "secret"
secret_key = "{secret}"

# Where the room's state is kept. A file serves one machine; for several, name a Redis or Valkey.
store = "sqlite:///vwr.sqlite3"
# store = "redis://localhost:6379/0"

# How many proxies stand between visitors and `vwr serve`. 0: visitors come straight to it.
trusted_proxies = {proxies}

# By which a proxy shows that it may ask at /vwr/auth who may pass.
decision_key = "{decision_key}"

# The control panel, at /vwr-admin. Without a password there is none.
admin_password = "{password}"
# admin_viewer_password = "for those who only watch"
# admin_api_key = "a key for the control API"
# admin_networks = ["10.0.0.0/8"]

# The look of the waiting page.
# site_name = "The Shop"
# logo = "/logo.svg"
# header = ["#8a1538", "#2c1140"]
# colors = {{accent = "#8a1538"}}
# templates = "templates"

# What newcomers get while the store is away: "wait" or "admit".
# on_store_error = "wait"
{aws_site}
[rooms.main]
# What is protected: a path and all below it.
paths = {paths}
# exclude = ["/static"]
# hosts = ["shop.example"]

# How many may be inside at once, and how many may come in per minute.
max_active = 100
# per_minute = 600
# joins_per_address = 20

# "auto": people wait only when the room is full. Also "queue", "paused", "closed", "off",
# "shadow" (everybody passes, and it is counted who would have waited).
# mode = "auto"
# opens_at = 2030-05-01T10:00:00+09:00
# message = "We open at ten."

# A session: how long it lasts without a request, and how long a turn is kept.
# session_seconds = 600
# claim_within = 60
{aws_room}
# Further rooms have tables of their own. The first that matches a request protects it.
# [rooms.drop]
# paths = ["/drop"]
# max_active = 20
"""


#: The private key of AWS's tokens, beside the settings.
AWS_KEY = "rsa.pem"
_AWS_SITE = """
# The API of AWS's Virtual Waiting Room, with `vwr serve {file} --aws`. This key signs its tokens.
token_keys = "{key_file}"
token_algorithm = ["HS256", "RS256"]
# What your authorizers expect as `iss`: the URL of the private API there, or one of your own.
token_issuer = "https://room.example/api"
# For its private calls, as `Authorization: Bearer ...` or `x-api-key: ...`.
admin_api_key = "{key}"
"""
_AWS_ROOM = """
# The event, as your site names it.
aws_event = {event}
# As there: everybody new gets a number, tokens last an hour, a turn is lost after a quarter of one.
mode = "queue"
session_seconds = 3600
late = "lost"
claim_within = 900
# The room calls people by itself, as many as there is space for, or per_minute. With this line only
# an inlet of your own does, by the private calls.
# inlet = {{kind = "manual"}}
"""


def new_settings_file(file: Path, paths: tuple[str, ...], proxies: int, aws_event: str = "") -> str:
    """The text of a new file, with a secret and a password of its own; with an event, for AWS's
    API."""
    api_key, event = secrets.token_urlsafe(32), _quoted(aws_event)
    return _TEXT.format(
        aws_site=_AWS_SITE.format(file=file, key_file=AWS_KEY, key=api_key) if aws_event else "",
        aws_room=_AWS_ROOM.format(event=event) if aws_event else "",
        file=file,
        secret=secrets.token_urlsafe(32),
        decision_key=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(12),
        proxies=proxies,
        paths="[{}]".format(", ".join(map(_quoted, paths))),
    )


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def write_new(file: Path, text: str, mode: int) -> None:
    """Write a file with this mode, in place of one that may be there. It is whole at any time."""
    with NamedTemporaryFile(
        "w", dir=file.parent, prefix=f".{file.name}.", delete=False, encoding="utf-8"
    ) as new:
        new.write(text)
    try:
        os.chmod(new.name, mode)  # until now it was for its owner alone
        os.replace(new.name, file)
    except OSError:
        os.unlink(new.name)
        raise
