"""What a store records of a room: the audit log, running sessions, the numbers of the last hour."""

from collections import Counter
from itertools import takewhile
from typing import Any

from vwr_middleware.line.constants import OUTCOME_ROWS
from vwr_middleware.line.messages import Record


def audit_rows(record: Record) -> list[dict[str, Any]]:
    """The audit log, the latest first."""
    return [
        {"time": at, "who": who, "what": what, "from": old, "to": new}
        for at, who, what, old, new in reversed(record.audit)
    ]


def is_revoked(record: Record, session: str) -> bool:
    """Whether the audit log tells that an operator has ended a session.

    What it tells of before a restore was done to other people with the same numbers.
    """
    lately = takewhile(lambda row: row["what"] != "restore", audit_rows(record))
    return any((row["what"], row["from"]) == ("revoke", session) for row in lately)


def mode_before_pause(record: Record) -> str | None:
    """The mode that held before the last pause, as far as the audit log tells."""
    for row in audit_rows(record):
        # Pausing a paused room is no change of mode.
        if row["what"] == "mode" and row["to"] == "paused" != row["from"]:
            return str(row["from"])
    return None


def addresses_of(record: Record) -> Counter[str]:
    """From how many addresses each shared session is used."""
    return Counter(session for session, _ in record.sharers)


def session_rows(record: Record, most: int = 100) -> list[dict[str, Any]]:
    """The running sessions: those used from most addresses first, then those that end last."""
    addresses = addresses_of(record)
    rows = sorted(record.sessions, key=lambda row: (-addresses[row[0]], -row[1]))[:most]
    return [
        {
            "session": name,
            "until": until,
            "unconfirmed": unconfirmed,
            "addresses": max(1, addresses[name]),
        }
        for name, until, unconfirmed in rows
    ]


def outcome_rows(record: Record, most: int = OUTCOME_ROWS) -> list[dict[str, Any]]:
    """What became of the sessions that ended last, the latest first."""
    return [
        {"session": session, "time": at, "how": how}
        for at, session, how in record.outcomes[: -most - 1 : -1]
    ]


def history_rows(record: Record) -> list[dict[str, Any]]:
    """The last hour, the oldest first; admissions are counted up to each moment."""
    return [
        {
            "time": at,
            "waiting": int(waiting),
            "active": int(active),
            "claimed": int(claimed),
            "limit": int(most[0]) if most else None,  # a row of an earlier release has none
        }
        for at, waiting, active, claimed, *most in record.history
    ]
