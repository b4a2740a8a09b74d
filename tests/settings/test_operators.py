"""Operators with roles, as settings: what is taken, and each problem with its fix."""

import json
from typing import Any

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings

SECRET = "a secret of the tests, long enough"
PASSWORD, KEY = "a password of one", "a key for programs, long enough"


def settings(*operators: Any, **more: Any) -> Settings:
    return Settings(secret_key=SECRET, paths="/", admin_operators=list(operators), **more)


def problems(*operators: Any, **more: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        settings(*operators, **more)
    return list(raised.value.problems)


def test_an_operator_steers_all_rooms_unless_it_is_said_which(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BO_PASSWORD", "a password of Bo's")
    ann, bo = settings(
        {"name": "Ann", "password": PASSWORD},
        {"name": "Bo", "password_env": "BO_PASSWORD", "key": KEY, "rooms": {"main": "admin"}},
    ).admin_operators
    assert (ann.roles, ann.password) == ({"*": "operator"}, PASSWORD)
    assert (bo.roles, bo.password, bo.keys) == ({"main": "admin"}, "a password of Bo's", (KEY,))


def test_a_table_for_each_and_the_environment_say_the_same() -> None:
    table = {"Ann": {"key": KEY, "role": "viewer"}}
    listed = settings({"name": "Ann", "key": KEY, "role": "viewer"}).admin_operators
    of_table = Settings(secret_key=SECRET, paths="/", admin_operators=table).admin_operators
    text = json.dumps([{"name": "Ann", "key": KEY, "role": "viewer"}])
    variables = {"VWR_SECRET_KEY": SECRET.replace(",", ""), "VWR_PATHS": "/"}
    variables["VWR_ADMIN_OPERATORS"] = text
    assert of_table == listed == Settings.from_env(variables).admin_operators


def test_no_secret_is_shown() -> None:
    shown = repr(settings({"name": "Ann", "password": PASSWORD, "key": KEY}))
    assert PASSWORD not in shown and KEY not in shown


@pytest.mark.parametrize(
    ("operator", "problem"),
    [
        (7, "admin_operators: number 1 must be a mapping, like"),
        ({"password": PASSWORD}, "number 1: name must be text on one line"),
        ({"name": "A\n", "password": PASSWORD}, "name must be text on one line"),
        ({"name": "A" * 65, "password": PASSWORD}, "name must have at most 64 characters"),
        ({"name": "Ann"}, "operator 'Ann': has no way in: give it a password for the panel"),
        ({"name": "Ann", "password": "short"}, "password must have 12 characters or more"),
        ({"name": "Ann", "key": "short"}, "key must be text of 16 characters or more"),
        ({"name": "Ann", "key_env": "NOWHERE_SET"}, "key_env names a variable that is not set"),
        ({"name": "Ann", "key": KEY, "role": "boss"}, "must be viewer, operator or admin, not"),
        ({"name": "Ann", "key": KEY, "rooms": []}, "rooms is empty: name a room"),
        ({"name": "Ann", "key": KEY, "rooms": 7}, 'rooms must be names of rooms, like ["main"]'),
        ({"name": "Ann", "key": KEY, "rooms": ["mian"]}, "there is no room 'mian', only main"),
        (
            {"name": "Ann", "key": KEY, "role": "viewer", "rooms": {"main": "admin"}},
            "rooms gives a role for each room, so leave role out",
        ),
        (
            {"name": "Ann", "key": KEY, "roll": "viewer"},
            "roll is not a setting: did you mean role?",
        ),
    ],
)
def test_what_is_wrong_with_an_operator_is_said_with_the_fix(operator: Any, problem: str) -> None:
    assert any(problem in found for found in problems(operator)), problems(operator)


def test_two_operators_are_not_the_same() -> None:
    ann = {"name": "Ann", "password": PASSWORD, "key": KEY}
    text = "\n".join(problems(ann, ann))
    for what in ("name", "password", "key"):
        assert f"two of them have the same {what}" in text
    text = "\n".join(problems(ann, admin_password=PASSWORD, admin_api_key=KEY))
    assert "its password is also admin_password" in text and "its key is also admin_api_key" in text


def test_several_problems_are_told_at_once() -> None:
    assert len(problems({"name": "Ann"}, {"name": "", "key": KEY}, max_active=-1)) == 3
