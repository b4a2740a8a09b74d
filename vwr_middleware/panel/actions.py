"""The buttons of a room's page: what each asks first, does, and says afterwards."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.inlet import choices
from vwr_middleware.panel import (
    changes,
    forms,
    invitations,
    messages,
    planned,
    schedule_forms,
    undoing,
)
from vwr_middleware.panel.ending import revoke
from vwr_middleware.panel.explain import why_nobody_enters
from vwr_middleware.panel.forms import Form
from vwr_middleware.panel.language import _
from vwr_middleware.panel.language import number as figure
from vwr_middleware.panel.message_forms import message_of
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.words import in_words, short, still_read
from vwr_middleware.settings.kinds import parse_number
from vwr_middleware.worker.current_room import CurrentRoom


@dataclass(frozen=True, slots=True)
class Plan:
    """What a button is about to do: its title, what it could hurt, and the action itself.

    `run` does it, and returns a sentence that says what happened.
    """

    title: str
    hazards: list[str]
    run: Callable[[], Awaitable[str]]


class Actions:
    """Turns the form of a button into a plan. Raises Refused for what makes no sense."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._plans: dict[str, Callable[[str, CurrentRoom, Form, str], Awaitable[Plan]]] = {
            "advance": self._advance,
            "serve": self._serve,
            "pause": self._pause,
            "resume": self._resume,
            "scale": self._scale,
            "undo": self._undo,
            "set": self._set,
            "unset": self._unset,
            "inlet": self._inlet,
            "message": self._message,
            "show-message": self._show_message,
            "prepare-message": self._prepare_message,
            "forget-message": self._forget_message,
            "reset": self._reset,
            "restore": self._restore,
            "revoke": self._revoke,
            "revoke-invitations": self._revoke_invitations,
        }

    async def plan(self, name: str, action: str, form: Form, who: str) -> Plan:
        """What this form asks for."""
        if action in schedule_forms.ACTIONS:
            room, ask = await self._operations.room(name), schedule_forms.ACTIONS[action]
            return Plan(*await ask(self._operations, name, room, form, who))
        make = self._plans.get(action)
        if make is None:
            raise Refused(_("there is no such action"), status=404)
        return await make(name, await self._operations.room(name), form, who)

    async def _advance(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        count, present = forms.number(form, "count"), "present" in form
        # What is sent again after a lost answer is the same call, with other numbers another one.
        key = f"{form['key']} {count} {present}" if form.get("key") else ""
        hazards, most = changes.hazards_of_call(room), min(count, room.waiting)
        if most > max(10, 2 * room.limit):
            hazards.append(
                _(
                    "That calls {most} at once, but only {limit} may be inside: the others"
                    " read that they are next, and enter in order as slots get free.",
                    most=figure(most),
                    limit=figure(room.limit),
                )
            )

        async def run() -> str:
            done = await self._operations.advance(
                name, who, count=count, present_only=present, key=key
            )
            if not done["called"]:
                return _("There was nobody to call.")
            return _(
                "Called {called}: the serving counter stands at {serving}.",
                called=figure(done["called"]),
                serving=figure(done["serving"]),
            )

        return Plan(_("Call {count} more", count=figure(count)), hazards, run)

    async def _serve(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        serving = forms.number(form, "serving")
        changes.check_serving(room, serving)
        more = serving - room.serving
        hazards = changes.hazards_of_call(room) if more else []
        if more > max(10, 2 * room.limit):
            hazards.append(
                _("That calls {more} at once. The counter never goes back.", more=figure(more))
            )

        async def run() -> str:
            done = await self._operations.serve(name, who, serving=serving)
            return _("The serving counter stands at {serving}.", serving=figure(done["serving"]))

        return Plan(_("Set the serving counter to {n}", n=figure(serving)), hazards, run)

    async def _pause(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        mode = {"mode": "paused"}
        told = changes.hazards(room, mode) or [_("Nobody is called or enters until you resume.")]

        async def run() -> str:
            await self._operations.settle(name, room, who, mode)
            return _("Paused. {told}", told=" ".join(told))

        # The emergency stop does not ask: it is taken back as fast.
        return Plan(_("Pause the room"), [], run)

    async def _resume(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        mode = {"mode": await self._operations.mode_before(name, room)}

        async def run() -> str:
            rules = (await self._operations.settle(name, room, who, mode))["settings"]
            return _(
                "Resumed: the mode is {mode}{more}",
                mode=rules["mode"],
                more=self._besides(name, rules),
            )

        return Plan(_("Resume the room"), changes.hazards(room, mode), run)

    async def _scale(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        percent = forms.number(form, "percent") * (-1 if "less" in form else 1)
        most = changes.scaled(room.rules["max_active"], percent)
        number = room.snapshot.changes

        async def run() -> str:
            values = {"max_active": most}
            settled = await self._operations.settle(name, room, who, values, after=number)
            return _(
                "Done: max_active is {max_active}.",
                max_active=figure(settled["settings"]["max_active"]),
            )

        hazards = changes.hazards(room, {"max_active": most})
        return Plan(_("Set max_active to {most}", most=figure(most)), hazards, run)

    async def _undo(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        number = forms.number(form, "number")
        last = await undoing.to_undo(self._operations, name, room, number)
        values, unset = last.before
        back = _listed(
            _("{key} is {value}", key=key, value=short(in_words(old, key)))
            for key, (old, _new) in last.values.items()
            if key != "announcement"  # which says the same as the message, and more
        )

        async def run() -> str:
            await self._operations.settle(name, room, who, values, unset, after=number)
            return _("Undone: {what}.", what=back.removesuffix("."))

        checked = changes.checked(room, values, unset)
        return Plan(
            _("Undo the last change, so that {back}", back=back),
            changes.hazards(room, checked, unset),
            run,
        )

    async def _set(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        given = {
            setting: forms.moment(form, setting)
            if setting in ("opens_at", "closes_at")
            else changes.parsed(setting, form[setting])
            for setting in changes.NAMES
            if setting in form
        }
        return self._plan_change(name, room, given, who)

    async def _inlet(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        kind = form.get("kind", "")
        if kind == "":  # as configured
            return self._plan_unset(name, room, "inlet", who)
        choice = choices.CHOICES.get(kind)
        knobs = {
            knob: parse_number(text)
            for knob in (choice.knobs if choice else ())
            if (text := form.get(f"{kind}.{knob}", "").strip())
        }
        return self._plan_change(name, room, {"inlet": {"kind": kind, **knobs}}, who)

    async def _message(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        message = message_of(form)
        given = {"message": None} if message is None else {"announcement": message}
        changes.checked(room, given)

        async def run() -> str:
            rules = (await self._operations.settle(name, room, who, given))["settings"]
            return _people_read(rules)

        return Plan(_("Show the message"), [], run)

    async def _show_message(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        prepared = form.get("prepared", "")

        async def run() -> str:
            rules = (await messages.show(self._operations, name, prepared, who))["settings"]
            return _people_read(rules)

        return Plan(_("Show {prepared}", prepared=prepared), [], run)

    async def _prepare_message(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        key, message = form.get("prepared", "").strip(), message_of(form)
        if message is None:
            raise Refused(_("write the message first"))

        async def run() -> str:
            await messages.prepare(self._operations, name, key, who, **message)
            return _("Kept as {key}: nobody reads it until you show it.", key=key)

        return Plan(_("Keep the message as {key}", key=key), [], run)

    async def _forget_message(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        key = form.get("prepared", "")

        async def run() -> str:
            await messages.forget(self._operations, name, key, who)
            return _("{key} is put away.", key=key)

        return Plan(_("Put {key} away", key=key), [], run)

    def _plan_change(self, name: str, room: CurrentRoom, given: dict[str, Any], who: str) -> Plan:
        if not given:
            raise Refused(_("no setting was given"), status=400)
        values = changes.checked(room, given)
        words = _listed(
            _("{key} to {value}", key=key, value=in_words(value, key))
            for key, value in values.items()
        )

        async def run() -> str:
            rules = (await self._operations.settle(name, room, who, values))["settings"]
            done = _listed(
                _("{key} is {value}", key=key, value=short(in_words(rules[key], key)))
                for key in values
            )
            besides = self._besides(name, rules) if "mode" in values else "."
            later = planned.planned_for(self._operations.known(name), [*values])
            told = _("Done: {what}{more}", what=done.removesuffix("."), more=besides)
            return " ".join([told, *later])

        return Plan(_("Set {words}", words=words), changes.hazards(room, values), run)

    def _besides(self, name: str, rules: Mapping[str, Any]) -> str:
        """What stands beside a mode that was set: what people read, and times that overrule it."""
        room = self._operations.known(name)
        if room.state in ("scheduled", "closed") and room.state != room.mode:
            return "".join((".", *(f" {text}" for text in why_nobody_enters(room))))
        reads = still_read(rules) if room.state in ("open", "queueing") else ""
        return f"; {reads}" if reads else "."

    async def _unset(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        return self._plan_unset(name, room, form.get("name", ""), who)

    def _plan_unset(self, name: str, room: CurrentRoom, setting: str, who: str) -> Plan:
        hazards = changes.hazards(room, {}, [setting])

        async def run() -> str:
            rules = (await self._operations.settle(name, room, who, {}, [setting]))["settings"]
            if setting == "inlet":
                return _("Reverted to the configured strategy.")
            value = short(in_words(rules[setting], setting))
            more = self._besides(name, rules) if setting == "mode" else "."
            return _(
                "Reverted to the configured value: {setting} is {value}{more}",
                setting=setting,
                value=value,
                more=more,
            )

        return Plan(_("Revert {setting} to the configured value", setting=setting), hazards, run)

    async def _reset(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        typed, end_sessions = form.get("typed", "").strip(), "end_sessions" in form

        async def run() -> str:
            done = await self._operations.reset(name, who, confirm=typed, end_sessions=end_sessions)
            new = done["generation"]
            if end_sessions:
                return _(
                    "Reset: generation {n} begins with an empty line, and all sessions have ended.",
                    n=new,
                )
            return _("Reset: generation {n} begins with an empty line.", n=new)

        # Typing the name was the second thought.
        return Plan(_("Reset the room"), [], run)

    async def _restore(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        typed = form.get("typed", "").strip()
        wished = {
            "room_id": form.get("room_id", "").strip(),
            "queue": forms.number(form, "queue"),
            "serving": forms.number(form, "served"),
            "active": forms.number(form, "inside"),
            "commitment": form.get("commitment", "").strip() or None,
            "beacon": "" if "no_beacon" in form else form.get("beacon", "").strip() or None,
        }

        async def run() -> str:
            done = await self._operations.restore(name, who, confirm=typed, **wished)
            if not done["restored"]:
                return _("Nothing was changed: somebody has already restored the room.")
            return _(
                "Restored: the people in the old line have their places back. The next number"
                " is {n}, and the serving counter stands at {serving}.",
                n=figure(done["queue"] + 1),
                serving=figure(done["serving"]),
            )

        # Typing the name was the second thought.
        return Plan(_("Restore the room"), [], run)

    async def _revoke(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        session = form.get("session", "").strip()
        hazard = _(
            "It ends at once, whatever the visitor is doing, and they must join the line again."
        )

        async def run() -> str:
            await revoke(self._operations, name, session, who)
            return _("Session {session} has ended.", session=session)

        return Plan(_("Revoke session {session}", session=session[:40]), [hazard], run)

    async def _revoke_invitations(self, name: str, room: CurrentRoom, form: Form, who: str) -> Plan:
        batch = form.get("batch", "")
        kept = invitations.batch_of(room, batch)
        hazard = _(
            "Its links let nobody in any more, for good. Whoever has taken a place by one keeps it."
        )

        async def run() -> str:
            await invitations.revoke(self._operations, name, batch, who)
            return _("Revoked: nobody gets in by batch {batch} any more.", batch=batch)

        called = " · ".join(filter(None, (batch, kept.get("note", ""))))
        return Plan(_("Revoke batch {batch}", batch=called), [hazard], run)


def _people_read(rules: Mapping[str, Any]) -> str:
    told = short(in_words(rules["announcement"] or rules["message"], "message"))
    return _("Done: message is {what}.", what=told.removesuffix("."))


def _listed(texts: Iterable[str]) -> str:
    """Several things in one sentence."""
    first, *more = texts
    for text in more:
        first = _("{one} and {other}", one=first, other=text)
    return first
