"""What can go wrong, as one small family."""

import pytest

from vwr_middleware import errors


def test_a_configuration_error_tells_every_problem() -> None:
    error = errors.ConfigurationError(["pol is not a setting", "max_active is 0: give 1 or more"])
    assert str(error).splitlines() == [
        "the waiting room cannot start:",
        "- pol is not a setting",
        "- max_active is 0: give 1 or more",
    ]
    assert error.problems == ("pol is not a setting", "max_active is 0: give 1 or more")


@pytest.mark.parametrize(
    "kind",
    [
        errors.ConfigurationError(["no key"]),
        errors.StoreUnavailable("gone"),
        errors.RoomLost("main"),
        errors.ForeignRoom("main"),
        errors.RoomsUnread([]),
    ],
)
def test_one_base_catches_them_all(kind: Exception) -> None:
    with pytest.raises(errors.WaitingRoomError):
        raise kind
