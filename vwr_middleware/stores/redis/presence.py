"""Who polled, as arguments of a refresh: positions as packed numbers, or as slices of a bitmap."""

import struct
from collections.abc import Sequence

Argument = bytes | str | int | float

#: If enough positions lie in one page of so many bits, they are sent as a slice of the bitmap.
_PAGE = 8192
_WORTH_A_PAGE = 16


def packed_positions(present: Sequence[int]) -> tuple[bytes, list[Argument]]:
    """Positions as packed numbers, and crowded ones as slices of a bitmap: first byte, bytes, …"""
    by_page: dict[int, list[int]] = {}
    for position in present:
        if 0 < position < 1 << 32:
            by_page.setdefault(position // _PAGE, []).append(position)
    singles: list[int] = []
    pages: list[Argument] = []
    for positions in by_page.values():
        if len(positions) < _WORTH_A_PAGE:
            singles.extend(positions)
        else:
            pages.extend(_slice(positions))
    return struct.pack(f"<{len(singles)}I", *singles), pages


def _slice(positions: Sequence[int]) -> tuple[int, bytes]:
    start = min(positions) >> 3
    bits = bytearray((max(positions) >> 3) - start + 1)
    for position in positions:
        bits[(position >> 3) - start] |= 128 >> (position & 7)
    return start, bytes(bits)
