"""The control API in one table, which has an entry for each operation.

By it api.py answers, api.py describes, and the shell asks. One operation more is a method of
`Operations`, or a function that is given them, and an entry here.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from vwr_middleware.draw.record import BEACON_LONGEST
from vwr_middleware.line.drawn_lanes import LONGEST
from vwr_middleware.line.messages import Record
from vwr_middleware.panel import (
    alarms,
    all_rooms,
    ending,
    history,
    invitations,
    messages,
    openings,
    planned,
    records,
    undoing,
)
from vwr_middleware.panel.cockpit import cockpit
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.operators import role_for
from vwr_middleware.panel.schedule_schemas import OpeningBody, PlanBody
from vwr_middleware.panel.schemas import (
    BOOLEAN,
    CONFIRM,
    FLAG,
    TEXT,
    WHOLE,
    Body,
    MessageBody,
    Schema,
    SettingsBody,
    list_of,
    object_of,
    ref,
    text,
    whole,
)
from vwr_middleware.settings.operators import VIEWER

_ROOM = "/rooms/{name}"

Run = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation: where it is asked for, what it does, what it answers and what it takes.

    `run` is given what stands in the path, who asks if it is a change, and the body's fields by
    their names.
    """

    method: str
    path: str
    summary: str
    run: Run
    answer: Schema
    body: Body | None = None
    query: Mapping[str, str] = field(default_factory=dict)  # what it may be asked with, in words
    known_by: str = ""  # what each answer of ours has; "": the first property of `answer`
    only_reads: bool = False  # though something is posted
    conflicts: bool = False  # it fits only some states of the room
    once: bool = False  # with the key of an earlier call it does nothing more

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET" and not self.only_reads

    @property
    def is_of_room(self) -> bool:
        """Whether it is about one room, which stands first in its path."""
        return self.path.startswith(_ROOM)

    def role(self, name: str) -> str:
        """The role that it takes, by its name in the table."""
        return role_for(name) if self.changes else VIEWER

    def start(
        self, operations: Operations, address: Iterable[str], who: str, given: Mapping[str, Any]
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """Do it. `address` is what stands in the path: first of all the room's name."""
        by = [who] if self.changes else []
        return self.run(operations, *address, *by, **given)


_SPAN = {
    "since": "When it begins: a time, seconds since 1970, or how long ago, like 24h (the default)",
    "until": "When it ends, in the same way; now if absent",
}
_MESSAGE = f"{_ROOM}/messages/{{message}}"
_SETTLED = object_of(settings=ref("Settings"))


def _list(name: str, item: str) -> Schema:
    return object_of(**{name: list_of(ref(item))})


def _all_done(what: str) -> Schema:
    """What was done to which rooms, and to which not, each with the reason."""
    others = list_of(object_of(room=TEXT, why=TEXT))
    return object_of(**{what: list_of(TEXT)}, left=others, failed=others)


def _recorded(name: str, rows: Callable[[Record], list[Any]]) -> Run:
    async def run(operations: Operations, room_name: str) -> dict[str, Any]:
        return {name: rows(await operations.record(room_name))}

    return run


#: In the order of the document: where it is asked for; what it does and answers; what it takes.
ENDPOINTS = {
    "rooms": Endpoint(
        "GET", "/rooms", "List all rooms with a few numbers each",
        Operations.overviews, _list("rooms", "Overview"),
    ),
    "status": Endpoint(
        "GET", _ROOM, "Get a room's numbers and settings",
        Operations.status, ref("Room"), known_by="totals",
    ),
    "cockpit": Endpoint(
        "GET", f"{_ROOM}/cockpit", "Get what is needed in a hurry: mode, last change, forecast",
        cockpit, ref("Cockpit"), known_by="checks",
    ),
    "history": Endpoint(
        "GET", f"{_ROOM}/history", "Get the numbers of the last hour",
        _recorded("history", records.history_rows), _list("history", "Moment"),
    ),
    "minutes": Endpoint(
        "GET", f"{_ROOM}/minutes", "Get what the minutes of the last 30 days brought",
        history.minutes, object_of(minutes=list_of(ref("Minute")), step=WHOLE),
        query={**_SPAN, "step": "Seconds, a whole number of minutes; chosen by the time if absent"},
    ),
    "day": Endpoint(
        "GET", f"{_ROOM}/day", "Get the day's log of the room's visitors, for a replay",
        history.day, object_of(is_kept=BOOLEAN, chunks=list_of(TEXT)),
    ),
    "report": Endpoint(
        "GET", f"{_ROOM}/report", "Get the report of a time, as after a sale",
        history.report, ref("Report"),
        known_by="people",
        query={**_SPAN, "zone": "The time zone of times that have none, like Europe/Berlin"},
    ),
    "audit": Endpoint(
        "GET", f"{_ROOM}/audit", "Get the audit log",
        _recorded("audit", records.audit_rows), _list("audit", "Change"),
    ),
    "sessions": Endpoint(
        "GET", f"{_ROOM}/sessions", "List running sessions",
        _recorded("sessions", partial(records.session_rows, most=1000)),
        _list("sessions", "Session"),
    ),
    "ended": Endpoint(
        "GET", f"{_ROOM}/ended", "List the sessions that ended last, and how",
        _recorded("ended", records.outcome_rows), _list("ended", "Outcome"),
    ),
    "revoke": Endpoint(
        "DELETE", f"{_ROOM}/sessions/{{session}}", "Revoke a session",
        ending.revoke, object_of(revoked=TEXT),
    ),
    "complete": Endpoint(
        "POST", f"{_ROOM}/sessions/{{session}}/complete", "End a session whose visitor is done",
        ending.complete, object_of(session=TEXT, was_running=BOOLEAN),
    ),
    "abandon": Endpoint(
        "POST", f"{_ROOM}/sessions/{{session}}/abandon", "End a session whose visitor gave up",
        ending.abandon, object_of(session=TEXT, was_running=BOOLEAN),
    ),
    "advance": Endpoint(
        "POST", f"{_ROOM}/advance", "Call more by hand",
        Operations.advance, object_of(called=WHOLE, serving=WHOLE),
        Body({"count": whole(1, True), "present_only": FLAG, "keep_rest": FLAG}), once=True,
    ),
    "serve": Endpoint(
        "PUT", f"{_ROOM}/serving", "Set the serving counter",
        Operations.serve, object_of(serving=WHOLE),
        Body({"serving": whole(0, True)}),
    ),
    "pause": Endpoint(
        "POST", f"{_ROOM}/pause", "Pause: call nobody and let nobody in",
        Operations.pause, _SETTLED,
    ),
    "resume": Endpoint(
        "POST", f"{_ROOM}/resume", "Resume the mode before the pause",
        Operations.resume, _SETTLED, conflicts=True,
    ),
    "pause_all": Endpoint(
        "POST", "/pause", "Pause all rooms that whoever asks may steer",
        all_rooms.pause_all, _all_done("paused"),
    ),
    "resume_all": Endpoint(
        "POST", "/resume", "Resume the rooms that were paused together",
        all_rooms.resume_all, _all_done("resumed"),
    ),
    "change": Endpoint(
        "PATCH", f"{_ROOM}/settings", "Change settings",
        Operations.change, _SETTLED,
        SettingsBody({}),
    ),
    "hazards": Endpoint(
        "POST", f"{_ROOM}/hazards", "List what a change of settings could hurt",
        Operations.hazards, object_of(hazards=list_of(TEXT)),
        SettingsBody({}), only_reads=True,
    ),
    "scale": Endpoint(
        "POST", f"{_ROOM}/scale", "Change max_active by so many percent",
        Operations.scale, _SETTLED,
        Body({"percent": whole(-90, True)}), conflicts=True,
    ),
    "undo": Endpoint(
        "POST", f"{_ROOM}/undo", "Take the last change of settings back, if there was none since",
        undoing.undo, _SETTLED,
        Body({"number": whole(0, True)}), conflicts=True,
    ),
    "unset": Endpoint(
        "DELETE", f"{_ROOM}/settings/{{setting}}", "Revert a setting to the configured value",
        Operations.unset, _SETTLED,
    ),
    "messages": Endpoint(
        "GET", f"{_ROOM}/messages", "List the prepared messages",
        messages.listed, _list("messages", "Prepared"),
    ),
    "prepare_message": Endpoint(
        "PUT", _MESSAGE, "Prepare a message, which nobody reads yet",
        messages.prepare, _list("messages", "Prepared"),
        MessageBody({}),
    ),
    "forget_message": Endpoint(
        "DELETE", _MESSAGE, "Put a prepared message away",
        messages.forget, _list("messages", "Prepared"),
    ),
    "show_message": Endpoint(
        "POST", f"{_MESSAGE}/show", "Put a prepared message in force",
        messages.show, _SETTLED,
    ),
    "openings": Endpoint(
        "GET", f"{_ROOM}/openings", "List the openings of a room",
        openings.listed, _list("openings", "Opening"),
    ),
    "add_opening": Endpoint(
        "POST", f"{_ROOM}/openings", "Add an opening",
        openings.add, _list("openings", "Opening"),
        OpeningBody({}),
    ),
    "remove_opening": Endpoint(
        "DELETE", f"{_ROOM}/openings/{{opens_at}}", "Take out the opening that begins at a time",
        openings.remove, _list("openings", "Opening"),
    ),
    "planned": Endpoint(
        "GET", f"{_ROOM}/planned", "List the planned changes of settings",
        planned.listed, _list("planned", "Planned"),
    ),
    "plan": Endpoint(
        "POST", f"{_ROOM}/planned", "Plan a change of settings for a time",
        planned.plan, _list("planned", "Planned"),
        PlanBody({}),
    ),
    "withdraw": Endpoint(
        "DELETE", f"{_ROOM}/planned/{{change}}", "Withdraw a planned change",
        planned.withdraw, _list("planned", "Planned"), conflicts=True,
    ),
    "invitations": Endpoint(
        "GET", f"{_ROOM}/invitations", "List batches of invitations",
        invitations.listed, _list("batches", "Batch"),
    ),
    "invite": Endpoint(
        "POST", f"{_ROOM}/invitations", "Make a batch of invitations, which are told once",
        invitations.issue, ref("Invitations"),
        Body({
            "count": whole(1, True),
            "lane": text(32, "the name of a lane, or nothing"),
            "valid_seconds": whole(60),
            "note": text(100, "what operators call them, or nothing"),
        }),
        known_by="invitations",
    ),
    "revoke_invitations": Endpoint(
        "DELETE", f"{_ROOM}/invitations/{{batch}}", "Revoke a batch of invitations",
        invitations.revoke, _list("batches", "Batch"),
    ),
    "reset": Endpoint(
        "POST", f"{_ROOM}/reset", "Reset the room: begin a new generation",
        Operations.reset, object_of(generation=WHOLE),
        Body({"confirm": CONFIRM, "end_sessions": FLAG}),
    ),
    "lost": Endpoint(
        "GET", f"{_ROOM}/restore", "List lost rooms of this name",
        Operations.lost, _list("lost", "Lost"),
    ),
    "restore": Endpoint(
        "POST", f"{_ROOM}/restore", "Restore a lost room",
        Operations.restore, ref("Restored"),
        Body({
            "confirm": CONFIRM,
            "room_id": text(16, "16 hexadecimal digits"),
            "generation": whole(1),
            "queue": whole(0),
            "serving": whole(0),
            "active": whole(0),
            "drawn": whole(0),
            "commitment": text(64, "64 hexadecimal digits"),
            "beacon": text(BEACON_LONGEST, "the public value that was mixed in, or nothing"),
            "lanes": text(LONGEST, "the lanes of its draw, as `vwr restore --draw` says them"),
        }),
        known_by="restored", conflicts=True,
    ),
    "alarms": Endpoint(
        "GET", "/alarms", "List alarms, and what was sent of them",
        alarms.listed, ref("Alarms"), known_by="alarms",
    ),
    "acknowledge": Endpoint(
        "POST", "/alarms/{alarm}/acknowledge", "Say who is on an alarm: it is silent until it ends",
        alarms.acknowledge, ref("Alarm"),
        known_by="alarm",
    ),
    "test_alarm": Endpoint(
        "POST", "/alarms/test", "Send a test to all receivers of alarms",
        alarms.test, object_of(id=TEXT, receivers=list_of(TEXT)),
    ),
    "explain": Endpoint(
        "POST", f"{_ROOM}/explain", "Explain where a visitor stands, and why",
        Operations.explain, ref("Explanation"),
        Body({"ticket": text(200, "a ticket, or a session like 3-17"), "position": whole(1)}),
        known_by="sentences", only_reads=True,
    ),
}  # fmt: skip
