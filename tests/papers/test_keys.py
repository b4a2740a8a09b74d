"""Keys derived from the application's secrets."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.keys import Keys

SECRETS = st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True)


@given(secrets=SECRETS, namespace=st.text(), purpose=st.text())
def test_there_is_a_key_of_32_bytes_for_each_secret_in_their_order(
    secrets: list[str], namespace: str, purpose: str
) -> None:
    derived = Keys(secrets, namespace).for_purpose(purpose)
    assert [len(key) for key in derived] == [32] * len(secrets)
    assert derived == tuple(Keys([s], namespace).for_purpose(purpose)[0] for s in secrets)


def test_the_derivation_stays_as_it_is() -> None:
    # A change here would make every ticket and token in the world worthless at the next deploy.
    derived = Keys(["correct horse"], "vwr").for_purpose("ticket", "main")
    assert derived[0].hex() == "35bc0566f6396e3509a75a0276ecfd8fa5989f57e5660b5ca8280711c8b85547"


def test_no_two_purposes_namespaces_or_secrets_share_a_key_however_they_are_glued() -> None:
    derived = [
        Keys(["s"], "vwr").for_purpose("ticket", "main"),
        Keys(["s"], "other").for_purpose("ticket", "main"),
        Keys(["s"], "vwr").for_purpose("token", "main"),
        Keys(["s"], "vwr").for_purpose("ticketmain"),
        Keys(["s"], "vwr").for_purpose("ticket\0main"),
        Keys(["s"], "vwrticket").for_purpose("main"),
        Keys(["s\0"], "vwr").for_purpose("ticket", "main"),
    ]
    assert all(one != other for one, other in combinations(derived, 2))


@pytest.mark.parametrize("secrets", ["one text", "", [], [""], ["good", ""]])
def test_secrets_that_would_protect_nothing_are_refused(secrets: str | list[str]) -> None:
    with pytest.raises(ConfigurationError, match="secret_key"):
        Keys(secrets, "vwr")


def test_no_secret_shows_in_a_traceback_or_a_log() -> None:
    assert "horse" not in repr(Keys(["correct horse"], "vwr"))
