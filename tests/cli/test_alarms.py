"""`vwr alarms` and `vwr alarm`, on a store and on a control API."""

import base64
from secrets import token_bytes

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Run
from tests.support.shell import failed, said
from vwr_middleware.alarms.signatures import as_text
from vwr_middleware.cli import alarms
from vwr_middleware.cli.commands import vwr
from vwr_middleware.keys import Keys


def test_what_is_on_is_listed_and_what_is_not_cannot_be_taken_up(run: Run) -> None:
    assert "no alarm is on" in said(run("alarms"))
    assert '"deliveries": []' in said(run("alarms", "--json"))
    assert "no alarm" in failed(run("alarm", "acknowledge", "main.paused"))


def test_a_test_that_no_worker_sends_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "PATIENCE", 0.0)
    assert "no worker has sent it" in failed(run("alarm", "test"))


def test_the_key_of_the_webhooks_is_printed() -> None:
    secret, own = "a secret of the tests that is long enough", as_text(token_bytes(32))
    env = {"VWR_SECRET_KEY": secret, "VWR_PATHS": "/tickets"}
    told = said(CliRunner().invoke(vwr, ["alarm", "secret"], env=env))
    assert told.strip() == as_text(Keys([secret], "vwr").for_purpose("webhook")[0])
    assert len(base64.b64decode(told.strip().removeprefix("whsec_"))) == 32
    env |= {"VWR_ALARM_WEBHOOK_SECRET": own}
    assert said(CliRunner().invoke(vwr, ["alarm", "secret"], env=env)).strip() == own
