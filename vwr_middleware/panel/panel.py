"""The control panel: what answers which path below its prefix, and to whom."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from operator import attrgetter

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.keys import Keys
from vwr_middleware.pages.pages import Pages as VisitorPages
from vwr_middleware.panel.alarms import room_of
from vwr_middleware.panel.api import Api
from vwr_middleware.panel.authentication import AllowedSources, Guard, SignIns
from vwr_middleware.panel.forms import form_of
from vwr_middleware.panel.language import OperatorLanguages, _, said_later, speaking
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.operators import acting_as, role_for
from vwr_middleware.panel.pages import Caller, Pages
from vwr_middleware.panel.replies import HEADERS, Templates, problem, reply
from vwr_middleware.panel.sign_in import Attempts, Signing, page_of, wants_page
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.settings import Settings
from vwr_middleware.settings.clashes import OPENING_THE_PANEL
from vwr_middleware.web.cors import is_from_here
from vwr_middleware.web.http import READS, SAFE_METHODS, Reply, Request
from vwr_middleware.web.next_url import written
from vwr_middleware.web.replies import file_reply
from vwr_middleware.worker.shared_counts import SharedCounts
from vwr_middleware.worker.store_access import StoreAccess
from vwr_middleware.worker.wrong_passwords import store_time

#: Pages and what their forms send. The API has a table of its own.
PAGES = Map(
    [
        Rule("/", endpoint="overview", methods=["GET"]),
        Rule("/sign-in", endpoint="sign_in", methods=["GET", "POST"]),
        Rule("/sign-out", endpoint="sign_out", methods=["POST"]),
        Rule("/language", endpoint="language", methods=["POST"]),
        Rule("/wall", endpoint="wall", methods=["GET"]),
        Rule("/changes", endpoint="changes", methods=["GET"]),
        Rule("/pause", endpoint="pause_all", methods=["POST"]),
        Rule("/resume", endpoint="resume_all", methods=["POST"]),
        Rule("/alarms", endpoint="alarms", methods=["GET"]),
        Rule("/alarms/test", endpoint="test_alarms", methods=["POST"]),
        Rule("/alarms/<alarm>/acknowledge", endpoint="acknowledge", methods=["POST"]),
        Rule("/rooms/<name>", endpoint="room", methods=["GET"]),
        Rule("/rooms/<name>/wall", endpoint="wall", methods=["GET"]),
        Rule("/rooms/<name>/report", endpoint="report", methods=["GET"]),
        Rule("/rooms/<name>/report.<any(csv, json):kind>", endpoint="report", methods=["GET"]),
        Rule("/rooms/<name>/charts", endpoint="charts", methods=["GET"]),
        Rule("/rooms/<name>/live", endpoint="live", methods=["GET"]),
        Rule("/rooms/<name>/invitations", endpoint="invitations.page", methods=["GET"]),
        Rule("/rooms/<name>/invitations", endpoint="invitations.make", methods=["POST"]),
        Rule("/rooms/<name>/invitations/<batch>.csv", endpoint="invitations.file", methods=["GET"]),
        Rule("/rooms/<name>/explain", endpoint="explain", methods=["POST"]),
        Rule("/rooms/<name>/look", endpoint="look", methods=["POST"]),
        Rule("/rooms/<name>/<action>", endpoint="act", methods=["POST"]),
    ],
    redirect_defaults=False,
    merge_slashes=False,
)
#: Forms that change no room: whoever may only look may send them too.
_CHANGE_NOTHING = ("sign_out", "explain", "look")


class Panel:
    """Answers everything below the panel's prefix."""

    def __init__(
        self,
        settings: Settings,
        store_access: StoreAccess,
        shared_counts: SharedCounts,
        tickets: Mapping[str, Tickets],
        visitor_pages: VisitorPages,
        alarms: Alarms,
    ) -> None:
        keys = Keys(settings.secret_key, settings.namespace)
        self._prefix, self._store_access, self._shared_counts = (
            settings.admin_prefix,
            store_access,
            shared_counts,
        )
        operations = Operations(
            store_access, tickets, shared_counts.gather, alarms, settings.prefix
        )
        self._shown_alarms = operations.alarms
        self.outsiders = AllowedSources(settings)
        self._guard = Guard(
            settings, keys, partial(store_time, store_access), SignIns(store_access)
        )
        folders = [settings.templates] if settings.templates else ()
        self._languages = OperatorLanguages(folders, self._guard.cookie_name)
        self._templates = Templates(folders, self._languages.languages)
        self._pages = Pages(
            operations,
            self._templates,
            self._guard,
            shared_counts.wrong_passwords,
            visitor_pages,
            settings,
        )
        attempts = Attempts(store_access, shared_counts.guesses)
        self._signing = Signing(self._guard, attempts, self._templates)
        self._api = Api(operations, self._guard)

    async def answer(self, request: Request) -> Reply:
        """The answer, whatever was asked."""
        if request.is_websocket:
            return problem(404, "there is no WebSocket here")
        path = request.path[len(self._prefix) :]
        if path.startswith("/static/"):
            return self._static(path.removeprefix("/static/"), request)
        if path == "/api" or path.startswith("/api/"):
            return await self._api.answer(path.removeprefix("/api"), request)
        if path == "/metrics":
            return await self._metrics(request)
        with speaking(self._languages.language_of(request)):
            try:
                return await self._page(path, request)
            except Refused as refused:
                return self._problem(request, refused.status, str(refused))
            except StoreUnavailable:
                detail = _("the store does not answer: please try again in a moment")
                return self._problem(request, 503, detail)

    def _problem(self, request: Request, status: int, detail: str) -> Reply:
        """The answer that says what went wrong: a page for a person, else problem details."""
        if not wants_page(request):
            return problem(status, detail)
        base = self._base(request)
        back = "/" if status == 404 else page_of(request.path[len(self._prefix) :])
        said = f"{detail[:1].upper()}{detail[1:]}."
        return self._templates.page("problem.html", status, base=base, back=base + back, said=said)

    def _base(self, request: Request) -> str:
        return written(f"{request.mount}{self._prefix}")

    async def _page(self, path: str, request: Request) -> Reply:
        base = self._base(request)
        if not path:
            return Reply(308, b"", (("Location", f"{base}/"), *HEADERS))
        try:
            endpoint, values = PAGES.bind("panel").match(path, request.method)
        except MethodNotAllowed as error:
            allowed = ", ".join(sorted(error.valid_methods or ()))
            detail = _("method not allowed: use {methods}", methods=allowed)
            return self._problem(request, 405, detail).with_headers([("Allow", allowed)])
        except NotFound:
            raise Refused(_("there is no such page in the panel"), status=404) from None
        is_safe = request.method in SAFE_METHODS
        if not (is_safe or is_from_here(request, self._guard.origin(request))):
            raise Refused(_(OTHER_SITE), status=403)
        if endpoint == "language":
            return self._choose_language(request, base)
        seal = self._guard.seal(request)
        if endpoint == "sign_in":
            return await self._signing.sign_in(request, base)
        operator = await self._guard.by_browser(request, seal)
        if operator is None:
            return self._signing.not_signed_in(request, base, path)
        caller = Caller(request, base, operator, seal or self._guard.seals.fresh())
        return await self._signed_in(caller, endpoint, values, has_cookie=seal is not None)

    def _choose_language(self, request: Request, base: str) -> Reply:
        """Keep the language that somebody has chosen, and go on where they were."""
        form = form_of(request)
        path, secure = self._guard.cookie_place(request)
        cookie = self._languages.choice(form.get("lang", ""), path, secure=secure)
        location = base + page_of(form.get("next", "/"))
        return Reply(303, b"", (("Location", location), ("Set-Cookie", cookie.header()), *HEADERS))

    async def _signed_in(
        self, caller: Caller, endpoint: str, values: Mapping[str, str], *, has_cookie: bool
    ) -> Reply:
        if "name" in values:
            caller = replace(caller, operator=caller.operator.within(values["name"]))
            self._pages.known(values["name"])
        elif room_name := room_of(values.get("alarm", "")):
            caller = replace(caller, operator=caller.operator.within(room_name))
        if caller.request.method not in SAFE_METHODS:
            self._check(caller, endpoint, values)
        if endpoint == "sign_out":
            return await self._signing.sign_out(
                caller.request, caller.base, caller.seal, caller.operator
            )
        if endpoint == "live":  # has no form, so it needs no cookie of somebody the app knows
            page, has_cookie = await self._pages.live(values["name"]), True
        else:
            with acting_as(caller.operator):
                page = await attrgetter(endpoint)(self._pages)(caller, **values)
        # Who is signed in by the app gets a cookie once: it ties forms to the browser.
        seal = self._guard.noted(caller.seal) if has_cookie else caller.seal
        if seal is None:
            return page
        cookie = self._guard.cookie(caller.request, seal)
        return page.with_headers([("Set-Cookie", cookie.header())])

    def _check(self, caller: Caller, endpoint: str, values: Mapping[str, str]) -> None:
        """Raise Refused for a form of another page, and for one that this operator may not send."""
        given = form_of(caller.request).get("csrf", "")
        if not self._guard.seals.is_form_token(caller.seal, caller.operator.name, given):
            text = _("this form has expired, or is not the panel's: reload the page")
            raise Refused(text, status=403)
        if endpoint not in _CHANGE_NOTHING:
            caller.operator.need(role_for(values.get("action", "")))

    def _static(self, name: str, request: Request) -> Reply:
        if request.method not in READS:
            return _not_read()
        file = self._templates.static(name)
        return file_reply(file, request) if file else problem(404, "there is no such file")

    async def _metrics(self, request: Request) -> Reply:
        """What Prometheus reads, for a key of the API or a signed-in operator."""
        if request.method not in READS:
            return _not_read()
        reader = await self._guard.reader(request)
        if reader is None:
            unknown = problem(401, "send a key from admin_api_key as a bearer token, or sign in")
            return unknown.with_headers([("WWW-Authenticate", "Bearer")])
        if not all(map(reader.role_in, self._store_access.views)):
            return problem(403, "metrics tell of all rooms, and you may not see all of them")
        try:
            from vwr_middleware.panel.metrics import exposition
        except ModuleNotFoundError as error:
            if error.name != "prometheus_client":
                raise
            return problem(404, 'metrics need a package: pip install "vwr-middleware[metrics]"')
        for view in self._store_access.views.values():
            await self._store_access.fresh(view)
        await self._shown_alarms.shared.fresh()
        workers, asked = await self._shared_counts.gather(), self._shared_counts.worker
        kind, body = exposition(
            self._store_access, asked, workers, self._shown_alarms, request.header("accept")
        )
        return reply(200, body, kind)


OTHER_SITE = said_later(
    "this form came from a page of another site. If it was the panel's own, a proxy hides the host"
    " that your browser shows: set trusted_proxies"
)


def _not_read() -> Reply:
    return problem(405, "method not allowed: use GET").with_headers([("Allow", "GET")])


def is_wanted(settings: Settings) -> bool:
    """Whether the settings say who may use the panel. Otherwise there is none, and its path is
    free."""
    return any(getattr(settings, name) for name in OPENING_THE_PANEL)
