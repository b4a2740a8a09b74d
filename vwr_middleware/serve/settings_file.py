"""Settings from a file, `vwr.toml`, and from the environment, which overrides it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from reprlib import repr as shown
from secrets import token_urlsafe
from urllib.parse import quote, unquote

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.settings.reading import lower_names
from vwr_middleware.settings.room import ROOM_KINDS
from vwr_middleware.settings.settings import ALL_KINDS, checked, read_environment

#: The file that the commands take if none is named.
USUAL = Path("vwr.toml")

#: Private keys, or the paths of their files.
_KEYS = ("token_keys", "push_key")
#: Settings that may stand in a file of their own, as `secret_key_file` names it, one to a line.
SECRETS = tuple(
    field.name for field in fields(Settings) if not field.repr and field.name not in _KEYS
)
_SEVERAL = ("secret_key", "admin_api_key", "decision_key")
_ENDING = "_file"


@dataclass(frozen=True, slots=True)
class Given:
    """What a file and the environment set, by name, not checked yet."""

    values: dict[str, object]
    #: What is wrong so far.
    problems: tuple[str, ...] = ()
    #: The files from which it was read.
    files: tuple[Path, ...] = ()

    def settings(self) -> Settings:
        """The settings. Raises ConfigurationError with all problems."""
        return checked(self.values, list(self.problems))


def read_given(file: Path | None, environ: Mapping[str, str]) -> Given:
    """What the file sets, if there is one, and the environment. Of paths, those in the file begin
    at its folder. Raises ConfigurationError for a file that cannot be read at all."""
    problems: list[str] = []
    folder = file.parent.resolve() if file else Path()
    in_file = lower_names(_parsed(file), "", problems) if file else {}
    in_environment = _read_environment(environ, problems)
    if file and not in_file and not in_environment:
        raise ConfigurationError([f"{file} is empty: write a new one with vwr init --force"])
    _drop_overridden(in_file, in_environment)
    files = [*([file] if file else ()), *_read_secrets(in_file, folder, problems)]
    files += _read_secrets(in_environment, Path(), problems)
    if file:
        _begin_at(folder, in_file, problems)
        if "store" not in in_environment:
            in_file["store"] = _store_at(folder, in_file.get("store", Settings.store))
    _override_in_room(in_file, in_environment, problems)
    return Given(in_file | in_environment, tuple(problems), tuple(files))


def _parsed(file: Path) -> dict[str, object]:
    try:
        if file.is_dir():
            raise ConfigurationError(
                [f"{file} is a directory: name the file in it, {file / USUAL}"]
            )
        if not file.is_file():
            raise ConfigurationError([f"there is no file {file}: write one with vwr init"])
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigurationError([f"{file} cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{file} is no text in UTF-8: save it as such"]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError([f"{file} is not TOML: {error}"]) from error


def _read_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, object]:
    given = read_environment(environ, problems)
    # A file's name is text, whatever kind the setting is of.
    return {name: str(value) if _is_file(name) else value for name, value in given.items()}


def _drop_overridden(in_file: dict[str, object], in_environment: Mapping[str, object]) -> None:
    """Take out of a file what is overridden under another name."""
    for name in SECRETS:
        forms = (name, f"{name}{_ENDING}")
        if not in_environment.keys().isdisjoint(forms):
            for form in forms:
                in_file.pop(form, None)
    if "rooms" in in_environment:
        for name in ROOM_KINDS:
            in_file.pop(name, None)


def _override_in_room(
    in_file: Mapping[str, object], in_environment: dict[str, object], problems: list[str]
) -> None:
    """Put what the environment says of a room into the one room of a file."""
    rooms, names = in_file.get("rooms"), [name for name in ROOM_KINDS if name in in_environment]
    if not isinstance(rooms, list) or not names or "rooms" in in_environment:
        return
    found = {name: in_environment.pop(name) for name in names}
    if len(rooms) == 1 and isinstance(rooms[0], dict):
        rooms[0].update(found)
    else:
        variables = ", ".join(f"VWR_{name.upper()}" for name in names)
        problems.append(
            f"{variables}: there are {len(rooms)} rooms, and it is not said which one is meant:"
            " change the file, or override all rooms by VWR_ROOMS"
        )


def _is_file(name: str) -> bool:
    return name.removesuffix(_ENDING) in SECRETS and name not in ALL_KINDS


def _read_secrets(given: dict[str, object], folder: Path, problems: list[str]) -> list[Path]:
    """Put what stands in files of their own in place of the files' names; returns the files."""
    files = []
    for name in SECRETS:
        where = given.pop(f"{name}{_ENDING}", None)
        if where is None:
            continue
        if not isinstance(where, str):
            problems.append(f"{name}{_ENDING} must be the name of a file, not {shown(where)}")
            given.setdefault(name, _stand_in(name))
        elif name in given:
            problems.append(f"{name} is given twice, also by {name}{_ENDING}: remove one")
        else:
            files.append(folder / where)
            given[name] = _secret_in(folder / where, name, problems)
    return files


def _secret_in(file: Path, name: str, problems: list[str]) -> object:
    """What a file holds."""
    try:
        lines = [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        problems.append(f"{name}{_ENDING}: {file} cannot be read: {why}")
        return _stand_in(name)
    if len(lines) == 1:
        return lines[0]
    return lines if name in _SEVERAL else "\n".join(lines)


def _stand_in(name: str) -> str:
    """A value that is no problem by itself, where another problem is told already."""
    return Settings.store if name == "store" else token_urlsafe()


def _begin_at(folder: Path, given: dict[str, object], problems: list[str]) -> None:
    """Let paths begin at this folder, and give the rooms' tables their names."""
    for name in _KEYS:
        keys = given.get(name)
        if isinstance(keys, str):
            given[name] = _key_at(folder, keys)
        elif isinstance(keys, list):
            given[name] = [_key_at(folder, key) for key in keys]
    if isinstance(templates := given.get("templates"), str):
        given["templates"] = str(folder / templates)
    if isinstance(rooms := given.get("rooms"), Mapping):
        given["rooms"] = [_named(name, table, problems) for name, table in rooms.items()]


def _key_at(folder: Path, key: object) -> object:
    """A private key, as PEM or as the path of its file, which begins at this folder."""
    is_path = isinstance(key, str) and key and "-----BEGIN" not in key
    return str(folder / str(key)) if is_path else key


def _named(name: str, table: object, problems: list[str]) -> dict[str, object]:
    """A room of the table `[rooms.NAME]`."""
    if not isinstance(table, Mapping):
        problems.append(f"room {name} must be a table, [rooms.{name}], not {shown(table)}")
        return {"name": name, "paths": "/"}
    if (other := table.get("name", name)) != name:
        problems.append(f"room {name} has the name {shown(other)} too: remove one")
    return lower_names(table, "", problems) | {"name": name}


def _store_at(folder: Path, url: object) -> object:
    """The URL of a store, whose file begins at this folder."""
    beginning, path, rest = str(url).partition("sqlite:///")
    if beginning or not path or rest == ":memory:" or rest.startswith(("/", "file:")):
        return url
    return f"sqlite:///{quote(str(folder / unquote(rest)))}"
