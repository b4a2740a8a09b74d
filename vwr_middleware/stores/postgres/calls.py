"""What is asked of the server in one trip, and what it answers: a call of the schema's function for
each room.
"""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from psycopg import pq

from vwr_middleware.stores.postgres.connection import Connection
from vwr_middleware.stores.postgres.known_rows import Changes, Questions
from vwr_middleware.stores.postgres.schema import STEP, quoted

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(slots=True)
class Request:
    """What is asked about one room. Without a `fresh` version nothing is to be changed."""

    name: str
    asked: Questions
    known: int = 0
    fresh: int | None = None
    moment: float | None = None
    state: bytes = b""
    settings: str | None = None
    changes: Changes = field(default_factory=Changes)
    guessed: Questions | None = None
    is_complete: bool = True  # whether the step has found all that it needs

    def sql(self, schema: str, connection: Connection) -> bytes:
        """The call."""
        arguments = [
            connection.quoted(self.name),
            b"%d" % self.known,
            b"NULL" if self.fresh is None else b"%d" % self.fresh,
            b"NULL" if self.moment is None else repr(self.moment).encode(),
            b"decode('%s','hex')" % self.state.hex().encode(),
            b"NULL" if self.settings is None else connection.quoted(self.settings),
            _quoted(connection, _changes(self.changes)),
            _quoted(connection, [*self.guessed.keys] if self.guessed else None),
            _quoted(connection, _questions(self.asked)),
        ]
        called = f"SELECT * FROM {quoted(schema)}.{STEP}".encode()
        return b"%s(%s)" % (called, b",".join(arguments))

    def is_kept(self, reply: "Reply") -> bool:
        """Whether the server has kept what was to be changed, now or when it was asked before."""
        return self.fresh is not None and reply.version == self.fresh

    def is_clear(self, reply: "Reply") -> bool:
        """Whether it is certain what has become of a request, of which the server was asked twice:
        that another worker has changed the room meanwhile leaves it open."""
        return self.fresh is None or reply.version in (self.known, self.fresh)


@dataclass(slots=True)
class Reply:
    """What the server says of one room."""

    done: bool
    version: int
    state: bytes
    settings: str
    told_at: float
    run: int
    answers: dict[str, Any]
    swept: int

    @classmethod
    def read(cls, result: pq.abc.PGresult) -> "Reply":
        done, version, state, settings, told_at, run, answers, swept = (
            result.get_value(0, column) or b"" for column in range(8)
        )
        return cls(
            done == b"t",
            int(version),
            bytes.fromhex(state[2:].decode()),
            settings.decode(),
            float(told_at),
            int(run or 0),
            json.loads(answers) if answers else {},
            int(swept or 0),
        )


def _quoted(connection: Connection, value: Any) -> bytes:
    return connection.quoted(_to_json(value)) if value else b"NULL"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _questions(asked: Questions) -> dict[str, Any]:
    told = {
        "keys": list(asked.keys),
        "up_to": [(part, _finite(to)) for part, to in asked.up_to.items()],
        "spans": [(part, _finite(above), most) for part, above, most in asked.spans],
        "chunks": list(asked.chunks),
    }
    return {name: value for name, value in told.items() if value}


def _changes(changes: Changes) -> dict[str, Any]:
    told = {
        "drops": [(part, _finite(start), _finite(to)) for part, start, to in changes.drops],
        "gone": [key for key, row in changes.rows.items() if row is None],
        "rows": [(*key, row.at, row.data) for key, row in changes.rows.items() if row is not None],
        "sweeps": list(dict.fromkeys(changes.sweeps)),
        "trims": list(dict.fromkeys(changes.trims)),
        "chunk_drops": changes.chunk_drops,
        "chunks": [(number, data.hex()) for number, data in changes.chunks.items()],
        "chunk_sweep": changes.chunk_sweep,
    }
    return {name: value for name, value in told.items() if value}
