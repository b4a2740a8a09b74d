"""What can go wrong, as one small family."""

import pytest

from vwr_middleware import errors


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
