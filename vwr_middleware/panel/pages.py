"""The pages that operators see."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.inlet import choices
from vwr_middleware.line.messages import Record
from vwr_middleware.pages.announcements import SEVERITIES, Announcement
from vwr_middleware.pages.pages import Pages as VisitorPages
from vwr_middleware.panel import (
    alarms,
    all_rooms,
    history,
    messages,
    openings,
    planned,
    records,
    report,
    schedule_forms,
)
from vwr_middleware.panel.actions import Actions, Plan
from vwr_middleware.panel.authentication import Guard, Seal
from vwr_middleware.panel.charts import Choice, charts_of
from vwr_middleware.panel.cockpit import cockpit_of
from vwr_middleware.panel.forms import Form, form_of
from vwr_middleware.panel.invitation_pages import ACTIONS as OF_INVITATIONS
from vwr_middleware.panel.invitation_pages import InvitationPages
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.message_forms import announcement_of, page_previews
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.operators import Operator, seen_of
from vwr_middleware.panel.others import changes_since
from vwr_middleware.panel.replies import HEADERS, Templates, json_reply, reply
from vwr_middleware.panel.restoring import how_known, what_happens
from vwr_middleware.panel.words import read_place
from vwr_middleware.report.moments import zone_of
from vwr_middleware.report.page import page, policy
from vwr_middleware.report.tables import table
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import Reply, Request, asked
from vwr_middleware.web.next_url import written
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.wrong_passwords import Wrong

STORE_DOWN = said_later(
    "The store does not answer, so nothing was changed. Please try again in a moment."
)
STORE_SILENT = said_later(
    "The store did not answer, so it is not known whether anything was changed. Look at the numbers"
    " before you try again."
)
STORE_SILENT_TO_READ = said_later("The store does not answer. Please try again in a moment.")

#: What the address of a report may say.
_REPORTED = ("since", "until", "zone")


@dataclass(frozen=True, slots=True)
class Caller:
    """A request to the panel, and who sent it."""

    request: Request
    base: str  # the panel's own path, with the mount prefix
    operator: Operator
    seal: Seal


class Pages:
    """Renders the overview and the rooms' pages, and takes what their forms send."""

    def __init__(
        self,
        operations: Operations,
        templates: Templates,
        guard: Guard,
        wrong_passwords: Callable[[], Wrong],
        visitor_pages: VisitorPages,
        settings: Settings,
    ) -> None:
        self._operations, self._templates, self._guard = operations, templates, guard
        self._wrong_passwords = wrong_passwords
        self._visitor_pages, self._prefix = visitor_pages, settings.prefix
        of = operations, templates, guard, settings
        self.invitations = InvitationPages(*of, self._common)
        self._actions = Actions(operations)
        self._together = all_rooms.Together(operations)
        self._sparklines = all_rooms.Sparklines(operations)

    def _common(self, caller: Caller) -> dict[str, Any]:
        on = [row for row in self._operations.alarms.on() if caller.operator.sees(row)]
        return {
            "alarms": on,
            "loud_alarms": alarms.loud(on),
            "base": caller.base,
            "operator": caller.operator,
            "wrong": self._wrong_passwords(),
            "csrf": self._guard.seals.form_token(caller.seal, caller.operator.name),
        }

    def known(self, name: str) -> None:
        """Raise Refused if there is no such room."""
        self._operations.view(name)

    async def overview(self, caller: Caller) -> Reply:
        """All rooms that this operator may see."""
        return await self._overview(caller)

    async def _overview(
        self, caller: Caller, status: int = 200, *, said: str = "", problem: str = ""
    ) -> Reply:
        rows = await self._rows(caller)
        wanted = dict(asked(caller.request)).get("q", "").strip().lower()
        return self._templates.page(
            "overview.html",
            status,
            rooms=[row for row in rows if wanted in row["room"]],
            total=all_rooms.totals(rows),
            wanted=wanted,
            pausable=self._together.pausable(caller.operator),
            paused=await self._together.paused(caller.operator),
            said=said,
            problem=problem,
            **self._common(caller),
        )

    async def _rows(self, caller: Caller) -> list[dict[str, Any]]:
        """The rooms in a few numbers, each with its last hour."""
        found = await self._operations.overviews()
        rows = all_rooms.seen_by(found["rooms"], caller.operator)
        for row in rows:
            row["sparkline"] = await self._sparklines.of(self._operations.view(row["room"]))
        return rows

    async def pause_all(self, caller: Caller) -> Reply:
        """Pause all rooms that this operator steers: asked once, with what it does to each."""
        form, names = form_of(caller.request), self._together.pausable(caller.operator)
        rows = (await self._operations.overviews())["rooms"]
        hazards = all_rooms.hazards_of_pause(rows, names)
        plan = Plan(all_rooms.title_of_pause(names), hazards, self._run_all(caller, "pause"))
        if hazards and "sure" not in form:
            return self._ask(caller, None, "pause", form, plan)
        return await self._done_to_all(caller, plan)

    async def resume_all(self, caller: Caller) -> Reply:
        """Resume those that were paused together."""
        return await self._done_to_all(caller, Plan("", [], self._run_all(caller, "resume")))

    def _run_all(self, caller: Caller, step: str) -> Callable[[], Awaitable[str]]:
        async def run() -> str:
            return all_rooms.said_of(await getattr(self._together, step)(caller.operator))

        return run

    async def _done_to_all(self, caller: Caller, plan: Plan) -> Reply:
        try:
            status, answer = await self._run(plan)
        except Refused as refused:
            text = _("Nothing was changed: {why}.", why=refused)
            status, answer = refused.status, {"problem": text}
        if _wants_json(caller.request):
            return json_reply(status, answer)
        return await self._overview(caller, status, **answer)

    async def wall(self, caller: Caller, name: str = "") -> Reply:
        """All rooms or one for a big screen, with nothing to press."""
        rows = await self._rows(caller)
        rows = [row for row in rows if name in ("", row["room"])]
        rows.sort(key=lambda row: (row["store"] == "ok", -row.get("waiting", 0)))
        return self._templates.page(
            "wall.html",
            rooms=rows,
            total=all_rooms.totals(rows),
            alarms=alarms.loudest(rows),
            **({"name": name} if name else {}),
            base=caller.base,
        )

    async def changes(self, caller: Caller) -> Reply:
        """What others have changed, in one room or all, for the script that tells it."""
        given = dict(asked(caller.request))
        seen = [
            view.name
            for view in self._operations.store_access.views.values()
            if caller.operator.role_in(view.name)
        ]
        names = [given["room"]] if given.get("room") in seen else seen
        since = moment_of(given.get("since", ""))
        return json_reply(200, await changes_since(self._operations, caller.operator, names, since))

    async def live(self, name: str) -> Reply:
        """Only the numbers of a room's page, for the script that keeps them up to date."""
        return self._templates.page("live.html", room=await self._operations.status(name))

    async def room(
        self,
        caller: Caller,
        name: str,
        status: int = 200,
        *,
        said: str = "",
        problem: str = "",
        explanation: Mapping[str, Any] | None = None,
        unexplained: str = "",
    ) -> Reply:
        """A room's page, with what was just done, what went wrong or what was found out."""
        view = self._operations.view(name)
        room = await self._operations.store_access.fresh(view)
        await self._operations.alarms.shared.fresh()
        overview = report.overview(self._operations.store_access, view)
        common = self._common(caller) | {"name": name, "room": overview, "problem": problem}
        if room is None:
            return self._templates.page("no_store.html", 503, **common)
        record = await self._record(name)
        cockpit = cockpit_of(self._operations, name, room, record, await self._operations.posts())
        configured, chosen = report.configured_inlet(view.settings), room.rules.get("inlet")
        return self._templates.page(
            "room.html",
            status,
            said=said,
            cockpit=cockpit,
            planned=planned.rows(room),
            openings=openings.rows(room),
            offered=schedule_forms.OFFERED,
            explanation=explanation,
            unexplained=unexplained,
            settings=report.settings_of(room, view.settings),
            is_recorded=record is not None,
            past=await self._past(caller, name, room, record),
            audit=records.audit_rows(record)[:100] if record else [],
            sessions=records.session_rows(record) if record else [],
            ended=records.outcome_rows(record, 100) if record else [],
            strategy=configured if chosen is None else choices.in_words(chosen),
            chosen=chosen or {"kind": ""},
            configured_strategy=configured,
            choices=choices.CHOICES,
            key=secrets.token_urlsafe(12),
            announcement=messages.in_force(room) or Announcement(""),
            severities=SEVERITIES,
            prepared=messages.rows(room),
            lost=await self._lost(name) if overview["two_stores"] else [],
            **common,
        )

    async def charts(self, caller: Caller, name: str) -> Reply:
        """Only a room's past, of the span that was chosen."""
        view = self._operations.view(name)
        room = await self._operations.store_access.fresh(view)
        past = await self._past(caller, name, room, await self._record(name)) if room else None
        return self._templates.page("plots.html", past=past)

    async def _past(
        self, caller: Caller, name: str, room: CurrentRoom, record: Record | None
    ) -> dict[str, Any] | None:
        """What the charts show; nothing while the store is away, and for the page's script, which
        asks for them alone."""
        request = caller.request
        is_page = request.header("sec-fetch-dest") != "empty" or request.path.endswith("/charts")
        if record is None or not is_page:
            return None
        choice = Choice.of(dict(asked(request)))
        try:
            return await charts_of(self._operations, name, room, record, choice)
        except StoreUnavailable:
            return None

    async def _lost(self, name: str) -> list[dict[str, Any]]:
        """Rooms of this name that may be brought back, the one met last first."""
        try:
            found = (await self._operations.lost(name))["lost"]
        except StoreUnavailable:
            return []
        return [
            lost | {"how": how_known(lost), "what": what_happens(lost)} for lost in reversed(found)
        ]

    async def _record(self, name: str) -> Record | None:
        try:
            return await self._operations.record(name)
        except StoreUnavailable:
            return None

    async def report(self, caller: Caller, name: str, kind: str = "html") -> Reply:
        """The report of a time: as a page that stands by itself, or as CSV or JSON."""
        wanted = {key: text for key, text in asked(caller.request) if key in _REPORTED}
        facts = await history.report(self._operations, name, **wanted)
        zone = zone_of(wanted.get("zone", ""))
        if kind == "json":
            return json_reply(200, facts)
        if kind == "csv":
            return reply(200, table(facts, zone).encode(), "text/csv; charset=utf-8")
        query = f"?{urlencode(wanted)}" if wanted else ""
        here = f"{caller.base}/rooms/{name}"
        links = {
            _("Back to the room"): here,
            _("As a table (CSV)"): f"{here}/report.csv{query}",
            _("As JSON"): f"{here}/report.json{query}",
        }
        body = page(facts, zone, links).encode()
        own = ("Content-Security-Policy", policy())
        headers = [own if header[0] == own[0] else header for header in HEADERS]
        return Reply(200, body, (("Content-Type", "text/html; charset=utf-8"), *headers))

    async def alarms(self, caller: Caller, status: int = 200, **told: str) -> Reply:
        """All that is known of alarms, with what was just done or went wrong."""
        found = seen_of(await alarms.listed(self._operations), caller.operator)
        told = {"said": "", "problem": "", **told}
        return self._templates.page(
            "alarms_page.html", status, found=found, **told, **self._common(caller)
        )

    async def acknowledge(self, caller: Caller, alarm: str) -> Reply:
        """Somebody says that they are on it."""

        async def run() -> str:
            await alarms.acknowledge(self._operations, alarm, caller.operator.name)
            return _("You are on it: the alarm is silent until it ends.")

        return await self._told_of_alarms(caller, run)

    async def test_alarms(self, caller: Caller) -> Reply:
        """Somebody sends a test to all receivers."""

        async def run() -> str:
            await alarms.test(self._operations, caller.operator.name)
            return _("A test is on its way: look below at what comes of it.")

        return await self._told_of_alarms(caller, run)

    async def _told_of_alarms(self, caller: Caller, run: Callable[[], Awaitable[str]]) -> Reply:
        try:
            status, told = 200, {"said": await run()}
        except Refused as refused:
            said = str(refused)
            status, told = refused.status, {"problem": f"{said[:1].upper()}{said[1:]}."}
        if _wants_json(caller.request):
            return json_reply(status, told)
        return await self.alarms(caller, status, **told)

    async def act(self, caller: Caller, name: str, action: str) -> Reply:
        """A button was pressed: ask first, or do it and say what happened."""
        form = form_of(caller.request)
        try:
            plan = await self._actions.plan(name, action, form, caller.operator.name)
            if plan.hazards and "sure" not in form:
                return self._ask(caller, name, action, form, plan)
            status, answer = await self._run(plan)
        except Refused as refused:
            status, answer = (
                refused.status,
                {"problem": _("Nothing was changed: {why}.", why=refused)},
            )
        except StoreUnavailable:
            status, answer = 503, {"problem": _(STORE_DOWN)}
        if _wants_json(caller.request):
            return json_reply(status, answer)
        page = self.invitations.page if action in OF_INVITATIONS else self.room
        return await page(caller, name, status, **answer)

    async def _run(self, plan: Plan) -> tuple[int, dict[str, Any]]:
        # A store that is not known to be away is asked, and may be just late.
        down = STORE_DOWN if self._operations.store_access.breaker.is_open else STORE_SILENT
        try:
            return 200, {"said": await plan.run()}
        except StoreUnavailable:
            return 503, {"problem": _(down)}

    def _ask(self, caller: Caller, name: str | None, action: str, form: Form, plan: Plan) -> Reply:
        """What could hurt, and the same form once more with a button to go on."""
        if _wants_json(caller.request):
            asked = {"ask": _("{what}?", what=plan.title), "title": plan.title}
            return json_reply(409, {**asked, "hazards": plan.hazards})
        fields = [(key, value) for key, value in form.items(multi=True) if key != "csrf"]
        common = self._common(caller) | ({} if name is None else {"name": name})
        common["part"] = "/invitations" if action in OF_INVITATIONS else ""
        return self._templates.page("ask.html", action=action, fields=fields, plan=plan, **common)

    async def look(self, caller: Caller, name: str) -> Reply:
        """A message as visitors would see it, before anybody does."""
        form, room = form_of(caller.request), await self._operations.room(name)
        try:
            announcement = announcement_of(room, form)
        except Refused as refused:
            return await self.room(caller, name, refused.status, problem=f"{refused}.")
        below = written(f"{caller.request.mount}{self._prefix}")
        told = {"room": name, "site": self._guard.origin(caller.request).host}
        told |= {"base": f"{below}/{name}", "static": f"{below}/static", "next_url": "#"}
        return self._templates.page(
            "look.html",
            name=name,
            announcement=announcement,
            prepared=form.get("prepared", ""),
            previews=page_previews(self._visitor_pages, announcement, told),
            fields=[(key, value) for key, value in form.items(multi=True) if key != "csrf"],
            **self._common(caller),
        )

    async def explain(self, caller: Caller, name: str) -> Reply:
        """Why one visitor waits. Posted, since a ticket must not stand in an address."""
        form = form_of(caller.request)
        visitor = form.get("visitor", "").strip()
        position = read_place(visitor) or 0
        ticket = "" if position else visitor
        try:
            if not visitor:
                raise Refused(_("type a queue position, or paste a ticket"))
            found = await self._operations.explain(name, ticket=ticket, position=position)
        except Refused as refused:
            told = str(refused)
            return await self.room(caller, name, 422, unexplained=f"{told[:1].upper()}{told[1:]}.")
        except StoreUnavailable:
            return await self.room(caller, name, 503, unexplained=_(STORE_SILENT_TO_READ))
        return await self.room(caller, name, explanation=found)


def moment_of(text: str) -> float:
    """A moment in store time that a page sends back; 0 for whatever is none."""
    try:
        return max(0.0, float(text)) if len(text) < 24 and isfinite(float(text)) else 0.0
    except ValueError:
        return 0.0


def _wants_json(request: Request) -> bool:
    """Whether the page's script sent the form."""
    return "application/json" in request.header("accept")
