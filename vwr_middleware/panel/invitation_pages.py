"""The panel's page of a room's invitations: a form that makes a batch, the links of one to copy or
to download, and all batches, each with a button that revokes it.

Whoever may only look sees the batches and no link: by a link somebody gets a place.
"""

import csv
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vwr_middleware.errors import Refused
from vwr_middleware.panel import forms, invitations
from vwr_middleware.panel.authentication import Guard
from vwr_middleware.panel.forms import Form, form_of
from vwr_middleware.panel.language import _
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.replies import HEADERS, Templates, reply
from vwr_middleware.report.moments import told
from vwr_middleware.settings import Settings
from vwr_middleware.settings.kinds import moment
from vwr_middleware.settings.operators import OPERATOR
from vwr_middleware.settings.slow_kinds import SLOW
from vwr_middleware.web.http import Reply, Request, asked
from vwr_middleware.web.next_url import written
from vwr_middleware.worker.current_room import CurrentRoom

if TYPE_CHECKING:
    from vwr_middleware.panel.pages import Caller

#: Links that stand on the page to be copied, at most: all are in the file.
SHOWN_MOST = 500
#: The buttons whose answer is this page.
ACTIONS = ("revoke-invitations",)


def link_to(base: str, room_name: str, code: str) -> str:
    """Where an invitation leads; `base` is the site's address with our prefix."""
    return f"{base}/{room_name}/invitation?code={code}"


def as_csv(links: Iterable[str], expires_at: float) -> str:
    """The links of a batch as a table: number, link, and until when it is good."""
    made, until = StringIO(), told(expires_at, UTC, "%Y-%m-%dT%H:%M:%SZ")
    table = csv.writer(made, lineterminator="\n")
    table.writerow(["number", "link", "valid_until"])
    table.writerows([number, link, until] for number, link in enumerate(links, 1))
    return made.getvalue()


def given_in(form: Form, room: CurrentRoom) -> dict[str, Any]:
    """What somebody has filled in. Raises Refused."""
    try:
        until = moment.check(forms.moment(form, "until") or "")
    except ValueError as error:
        raise Refused(_("the time {error}", error=error)) from error
    return {
        "count": forms.number(form, "count"),
        "lane": form.get("lane", "").strip(),
        "valid_seconds": int(until - room.wall),
        "note": form.get("note", ""),
        "batch": form.get("batch", ""),
    }


class InvitationPages:
    """Shows the page, makes batches, and hands out their links."""

    def __init__(
        self,
        operations: Operations,
        templates: Templates,
        guard: Guard,
        settings: Settings,
        common: Callable[["Caller"], Mapping[str, Any]],
    ) -> None:
        self._operations, self._templates, self._guard = operations, templates, guard
        self._settings, self._common = settings, common

    async def page(
        self,
        caller: "Caller",
        name: str,
        status: int = 200,
        *,
        said: str = "",
        problem: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        """The page, with what was just done or went wrong; `typed` is what somebody had filled in.
        The batch that its address names is shown with its links."""
        room = await self._operations.room(name)
        found = await invitations.rows(self._operations, room)
        wanted = dict(asked(caller.request)).get("batch", "")
        made = next((row for row in found if row["batch"] == wanted), None)
        shown = self._links(caller, name, made) if made else []
        return self._templates.page(
            "invitations.html",
            status,
            name=name,
            said=said,
            problem=problem,
            typed=typed or {},
            batches=found,
            made=made if shown else None,
            links=shown[:SHOWN_MOST],
            links_of=self._base(caller.request),
            lanes=[lane for lane in room.rules.get("lanes") or {} if lane != SLOW],
            invited_only=bool(room.rules.get("invited_only")),
            now=self._operations.store_access.now(self._operations.view(name)),
            usual_until=room.wall + invitations.VALID,
            count_most=invitations.COUNT_MOST,
            note_most=invitations.NOTE_MOST,
            new_batch=secrets.token_hex(4),
            **self._common(caller),
        )

    async def make(self, caller: "Caller", name: str) -> Reply:
        """Make a batch, and lead to its links: to load that page again makes none."""
        form, room = form_of(caller.request), await self._operations.room(name)
        try:
            given = given_in(form, room)
            made = await invitations.issue(self._operations, name, caller.operator.name, **given)
        except Refused as refused:
            problem = _("Nothing was changed: {why}.", why=refused)
            return await self.page(caller, name, refused.status, problem=problem, typed=form)
        here = f"{caller.base}/rooms/{name}/invitations?batch={made['batch']}"
        return Reply(303, b"", (("Location", here), *HEADERS))

    async def file(self, caller: "Caller", name: str, batch: str) -> Reply:
        """All links of a batch, as a table to be kept."""
        caller.operator.need(OPERATOR)
        room = await self._operations.room(name)
        kept = {**invitations.batch_of(room, batch), "batch": batch}
        table = as_csv(self._links(caller, name, kept), kept["expires_at"])
        to_be_kept = f'attachment; filename="{name}-{batch}.csv"'
        answer = reply(200, table.encode(), "text/csv; charset=utf-8")
        return answer.with_headers([("Content-Disposition", to_be_kept)])

    def _links(self, caller: "Caller", name: str, batch: Mapping[str, Any]) -> Sequence[str]:
        """The links of a batch; none for whoever may only look."""
        if not caller.operator.may_change:
            return []
        base = self._base(caller.request)
        codes = invitations.codes_of(self._operations, name, batch["batch"], batch)
        return [link_to(base, name, code) for code in codes]

    def _base(self, request: Request) -> str:
        """How all links begin: the site is where the panel is, unless that has hosts of its own."""
        settings = self._settings
        site = urlsplit(settings.site_url or "")
        is_elsewhere = bool(settings.admin_hosts and site.scheme and site.netloc)
        here = self._guard.origin(request).text
        origin = f"{site.scheme}://{site.netloc}" if is_elsewhere else here
        return f"{origin}{written(f'{request.mount}{settings.prefix}')}"
