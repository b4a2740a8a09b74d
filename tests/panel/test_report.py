"""What the panel and the shell tell of a room."""

from vwr_middleware.inlet import MaxSize
from vwr_middleware.panel import report
from vwr_middleware.settings import RoomSettings


def test_the_strategy_of_the_configuration_is_told_by_name() -> None:
    def of_ours(room: object, now: float) -> None:
        return None

    def told(**given: object) -> str:
        return report.configured_inlet(RoomSettings(paths="/", **given))

    assert told() == "from the limits"
    assert "MaxSize" in told(inlet=[MaxSize(5)])
    own = told(inlet=[of_ours])
    assert own.endswith("of_ours") and " at 0x" not in own
