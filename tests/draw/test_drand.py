"""A value of drand is checked by its signature: these are rounds of its network "quicknet"."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.draw.test_verify import published
from tests.support.shell import failed, said
from vwr_middleware.cli.commands import vwr
from vwr_middleware.draw.drand import check_signature, is_signed
from vwr_middleware.draw.record import NotVerified

ROUND = 1000
RANDOMNESS = "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"
SIGNATURE = (
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacb"
    "e47e4b6b63ed5e39"
)
#: Of round 657413.
ANOTHER = (
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56"
    "e91a6b85b89cd97b"
)
VALUE = f"{ROUND}:{RANDOMNESS}"


@pytest.mark.long  # a second of the processor
def test_rounds_that_were_made_are_signed() -> None:
    assert is_signed(ROUND, bytes.fromhex(SIGNATURE))
    assert not is_signed(ROUND, bytes.fromhex(ANOTHER)), "of another round"


def verify(tmp_path: Path, signature: str, **beacon: Any) -> Result:
    file = tmp_path / "draw.json"
    told = {"source": f"drand, quicknet, round {ROUND}", "value": VALUE, **beacon}
    file.write_text(json.dumps(published(beacon=told)))
    return CliRunner().invoke(vwr, ["verify-draw", str(file), "--beacon-signature", signature])


@pytest.mark.long  # a second of the processor
def test_the_command_says_that_the_network_has_signed_the_value(tmp_path: Path) -> None:
    text = said(verify(tmp_path, f" {SIGNATURE.upper()}"))
    assert "drand's network has signed that value as round 1000" in text
    assert "look there" not in text


@pytest.mark.long  # a second of the processor
def test_a_value_that_somebody_has_made_up_is_found() -> None:
    """Its digest fits, as whoever makes one up can have it."""
    with pytest.raises(NotVerified, match=r"not drand's signature of round 1001: .* made up"):
        check_signature(f"1001:{RANDOMNESS}", SIGNATURE)


@pytest.mark.parametrize(
    ("signature", "beacon", "words"),
    [
        (SIGNATURE[:-2], {}, "96 hexadecimal digits"),
        ("zz" * 48, {}, "96 hexadecimal digits"),
        (ANOTHER, {}, "not the signature of the value that was mixed in"),
        (SIGNATURE, {"value": "3 14 15"}, "none of drand"),
        (SIGNATURE, {"value": None}, "none of drand"),
    ],
)
def test_what_does_not_fit_is_said(
    tmp_path: Path, signature: str, beacon: dict[str, Any], words: str
) -> None:
    assert words in failed(verify(tmp_path, signature, **beacon))


@pytest.mark.long
@pytest.mark.parametrize("first", ["80", "c0", "e0", "00"])
def test_bytes_that_are_no_point_of_the_curve_are_no_signature(first: str) -> None:
    assert not is_signed(ROUND, bytes.fromhex(first + "00" * 47))


def test_without_the_extra_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "py_ecc.bls.hash_to_curve", None)
    assert 'pip install "vwr-middleware[drand]"' in failed(verify(tmp_path, SIGNATURE))
