"""Kinds of settings that nobody may guess: the secret, keys of the API, passwords."""

import re
from collections.abc import Iterable

from vwr_middleware.settings.kinds import Kind, is_text, parse_list, several

SHORTEST_SECRET = 16
#: Of a password, which people type.
SHORTEST_PASSWORD = 12
#: A text of fewer different characters is one that people make up, like "xxxxxxxxxxxxxxxx". White
#: space does not count. Hardly any random text has as few.
FEWEST_CHARACTERS = 5
#: Secrets in our own documentation and examples: anybody could sign with these.
PUBLISHED_SECRETS = frozenset(
    {
        "a long secret of your own",
        "a-secret-of-your-own",
        "only for this example, change it anywhere else",
    }
)
_UNQUOTED = re.compile(r"[A-Za-z0-9_.~+/=-]+")
MAKE_A_SECRET = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'

PUBLISHED = (
    "secret_key is an example from our documentation, so anybody can sign tickets and tokens:"
    f" make your own with {MAKE_A_SECRET}. To try it out on your own machine, set debug to true"
)


def is_varied(text: str) -> bool:
    """Whether a text has enough different characters to be no repetition of a few."""
    return len({*text} - {*filter(str.isspace, text)}) >= FEWEST_CHARACTERS


def _check_secret(value: object) -> str:
    if not is_text(value) or len(value) < SHORTEST_SECRET:
        raise ValueError(
            f"must be text of {SHORTEST_SECRET} characters or more: make one with {MAKE_A_SECRET}"
        )
    if value.isspace():
        raise ValueError(f"must not be white space: make one with {MAKE_A_SECRET}")
    return value


def repetitions(name: str, values: Iterable[str]) -> list[str]:
    """A warning if one of these secrets is a few characters that repeat. It works, so that somebody
    who tries things out can write one; nobody else should have it."""
    if all(map(is_varied, values)):
        return []
    return [f"{name} is a few characters that repeat, which can be guessed: {MAKE_A_SECRET}"]


def _check_secrets(value: object) -> tuple[str, ...]:
    try:
        secrets = several(_check_secret).check(value)
    except ValueError as error:
        if isinstance(value, list) and len(value) > 1:
            how = "in the environment, commas separate them"
            raise ValueError(f"holds {len(value)} secrets ({how}), and each {error}") from error
        raise
    return secrets or (_check_secret(None),)


def _check_password(value: object) -> str:
    if not is_text(value) or not value:
        raise ValueError("must be text (leave it out to keep the panel off)")
    if len(value) < SHORTEST_PASSWORD or not is_varied(value):
        raise ValueError(
            f"must have {SHORTEST_PASSWORD} characters or more, {FEWEST_CHARACTERS} of them"
            " different: whoever guesses it can let everybody in"
        )
    return value


def _check_decision_key(value: object) -> str:
    """A key that stands in configurations of proxies, each of which has its own way of quoting."""
    key = _check_secret(value)
    if not _UNQUOTED.fullmatch(key):
        raise ValueError(
            "must have no characters but letters, digits and _ - . ~ + / =, since it stands in"
            f" configurations of proxies: make one with {MAKE_A_SECRET}"
        )
    return key


secrets = Kind(_check_secrets, parse_list)
secret = Kind(_check_secret)
decision_keys = several(_check_decision_key)
api_keys = several(_check_secret)
password = Kind(_check_password)
