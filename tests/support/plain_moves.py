"""A plain room whose places can move to other devices, and whose people may be known."""

from dataclasses import dataclass, field

from tests.support.plain_room import PlainRoom

CODE = 600.0  # works for so long


@dataclass
class MovingRoom(PlainRoom):
    """What must be true of a room in which people change their devices and come again."""

    codes: dict[str, tuple[int, float]] = field(default_factory=dict)
    used: dict[str, tuple[int, str]] = field(default_factory=dict)  # device and attempt
    identities: dict[str, int] = field(default_factory=dict)

    def keep_code(self, position: int, device: int, code: str, now: float) -> str:
        """A device asks for a code."""
        verdict = self.standing(position, device)
        if verdict in ("waiting", "next"):
            self.codes = {c: kept for c, kept in self.codes.items() if kept[0] != position}
            self.codes[code] = (position, now + CODE)
        return verdict

    def knows(self, code: str, now: float) -> bool:
        """Whether a code works: a wrong one is no step, so that not even time passes."""
        return code in self.codes and now < self.codes[code][1]

    def move(self, code: str, attempt: str, now: float) -> tuple[str, int, int]:
        """A device hands a code in: the verdict, the position, the number of the device."""
        if not self.knows(code, now):
            return "unknown", 0, 0
        position = self.codes[code][0]
        if code in self.used:
            device, other = self.used[code]
            if not attempt or attempt != other:
                return "unknown", 0, 0
            return self.standing(position, device), position, device
        device = self.devices.get(position, 0)
        verdict = self.standing(position, device)
        if verdict in ("waiting", "next"):
            self.devices[position] = device = device + 1
            self.used[code] = device, attempt
        return verdict, position, device

    def reset(self, end_sessions: bool) -> None:
        super().reset(end_sessions)
        self.codes, self.used, self.identities = {}, {}, {}

    def place_of(self, identity: str) -> tuple[int, int] | None:
        """The position and the device of the place that somebody has."""
        position = self.identities.get(identity, 0)
        device = self.devices.get(position, 0)
        is_held = self.standing(position, device) in ("waiting", "next", "entered")
        return (position, device) if is_held else None
