"""Settings: all that a user can set, checked together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import alarm_kinds, kinds, look_kinds, secrets, token_kinds, web_kinds
from vwr_middleware.settings.clashes import clashes
from vwr_middleware.settings.fields import kinds_of, read_fields, required, setting, unknown_name
from vwr_middleware.settings.openid_clients import OpenidClient, several_clients
from vwr_middleware.settings.operators import OperatorSettings, operators
from vwr_middleware.settings.push_services import KNOWN_SERVICES, contact_address, service_hosts
from vwr_middleware.settings.reading import OF_THE_COMMAND, SERVICE_LINK, check_rooms, lower_names
from vwr_middleware.settings.room import ROOM_KINDS, RoomSettings


@dataclass(frozen=True, kw_only=True, init=False)
class Settings:
    """The settings of the middleware, and of its rooms.

    A single room's settings may be written directly among the others:
    `Settings(secret_key=KEY, paths=["/tickets"], max_active=500)`. Raises one ConfigurationError
    with every problem.
    """

    #: A key of 16 characters or more, from which all signing keys are derived. In a list, the first
    #: signs and all verify.
    secret_key: tuple[str, ...] = required(secrets.secrets, secret=True)
    #: `HS256`, or `ES256`, `EdDSA` or `RS256`, for which other programs get public keys that can
    #: verify access tokens but sign none. In a list, the first signs and all verify.
    token_algorithm: tuple[str, ...] = setting(token_kinds.algorithms, ("HS256",), shown="HS256")
    #: Private keys of your own, as PEM or as paths of files: needed for `RS256`. In a list, the
    #: first of an algorithm signs and all verify.
    token_keys: tuple[str, ...] = setting(
        token_kinds.token_keys, (), secret=True, shown="derived from `secret_key`"
    )
    #: The https URL that access tokens name as their issuer, and below which gateways find the keys
    #: by themselves. `{room}` in it stands for the room's name.
    token_issuer: str = setting(token_kinds.issuer, "", shown="the namespace")
    #: Apps and gateways whose visitors sign in through a room, by OpenID Connect. Each with its
    #: `id`, `redirect_uris` and `secret`, and more in docs/openid.md.
    openid_clients: tuple[OpenidClient, ...] = setting(several_clients, (), shown="none")
    #: Where the rooms' state is kept: `memory://` (one process), `sqlite:///path` (one machine),
    #: `redis://`, `rediss://`, `unix://`, the forms for Sentinel and Cluster, or `postgresql://`.
    store: str = setting(web_kinds.store_url, "sqlite:///vwr.sqlite3", secret=True)
    #: Separates sites that share a store or a secret. It is part of every store key, token and key
    #: derivation.
    namespace: str = setting(web_kinds.namespace, "vwr")
    #: `false`: the middleware steps aside altogether.
    enabled: bool = setting(kinds.flag, True)
    #: Where the waiting room's own pages live.
    prefix: str = setting(web_kinds.prefix, "/vwr")
    #: Where the control panel lives.
    admin_prefix: str = setting(web_kinds.prefix, "/vwr-admin")
    #: The control panel's password, of 12 characters or more. There is no panel unless this,
    #: `admin_viewer_password`, `admin_api_key`, `admin_auth` or `admin_operators` is set; in
    #: Django, active staff may use it by default.
    admin_password: str | None = setting(kinds.optional(secrets.password), None, secret=True)
    #: A second password, for read-only access to the control panel.
    admin_viewer_password: str | None = setting(kinds.optional(secrets.password), None, secret=True)
    #: A key of 16 characters or more for the control API, or a list of several.
    admin_api_key: tuple[str, ...] = setting(secrets.api_keys, (), secret=True)
    #: A callable that takes your framework's request and returns who the operator is, or `None`.
    admin_auth: Callable[..., object] | None = setting(kinds.asynchronous_hook("request"), None)
    #: Operators with a name, a password or key, and a role (`viewer`, `operator` or `admin`) in
    #: some rooms or all, as in docs/panel-access.md.
    admin_operators: tuple[OperatorSettings, ...] = setting(
        operators, (), secret=True, shown="none"
    )
    #: Hosts at which the panel, its API and its metrics are found. At others they are not there.
    admin_hosts: tuple[str, ...] = setting(web_kinds.hosts, (), shown="every host")
    #: Addresses and networks, like `10.0.0.0/8`, from which they are found. Behind a proxy set
    #: `trusted_proxies`.
    admin_networks: tuple[str, ...] = setting(web_kinds.networks, (), shown="every network")
    #: What newcomers get while the store is unavailable: `wait` (a page that retries) or `admit`.
    on_store_error: str = setting(kinds.choice("wait", "admit"), "wait")
    #: Seconds for which an expired access token is still honoured while the store is unavailable.
    outage_grace: float = setting(kinds.seconds(above_zero=False), 3600)
    #: How many proxies in front of the app are trusted to set forwarded headers.
    trusted_proxies: int = setting(kinds.whole(0, 100), 0)
    #: A key of 16 characters or more, or a list of several, by which a proxy shows that it may ask
    #: at `/vwr/auth`, in the header `VWR-Decision-Key`.
    decision_key: tuple[str, ...] = setting(secrets.decision_keys, (), secret=True)
    #: Addresses and networks, like `10.0.0.0/8`, from which proxies ask there. If neither is set,
    #: nobody may.
    decision_networks: tuple[str, ...] = setting(web_kinds.networks, (), shown="none")
    #: A key of 16 characters or more, by which this site agrees to `vwr loadtest` and `vwr drill`:
    #: whoever has it may run them here. None: nobody may.
    loadtest_token: str | None = setting(kinds.optional(secrets.secret), None, secret=True)
    #: The domain of the cookies; none: the host of the request.
    cookie_domain: str | None = setting(kinds.optional(web_kinds.cookie_domain), None)
    #: The path of the cookies.
    cookie_path: str = setting(web_kinds.cookie_path, "/")
    #: Whether cookies are sent over https only: `auto` (if the request came over https), `always`
    #: or `never`.
    cookie_secure: str = setting(kinds.choice("auto", "always", "never"), "auto")
    #: `Lax`, `None` or `Strict` for all cookies; by default `Lax` for tickets, `None` for access
    #: tokens on https. With `Strict`, a visitor who comes back through a link on another site gets
    #: a new place.
    cookie_samesite: str | None = setting(
        kinds.optional(kinds.choice("Lax", "None", "Strict")), None
    )
    #: Whether cookies are partitioned, for pages in a frame on another site.
    cookie_partitioned: bool = setting(kinds.flag, False)
    #: Origins of other sites that may show the waiting page in a frame.
    frame_ancestors: tuple[str, ...] = setting(web_kinds.origins, ())
    #: Origins of other sites whose scripts may read the waiting room's responses.
    cors_origins: tuple[str, ...] = setting(web_kinds.origins, ())
    #: `false`: the public status shows neither how many came nor how fast they enter. Whoever is in
    #: line still reads the own number, how many are ahead, and the serving counter.
    public_numbers: bool = setting(kinds.flag, True)
    #: Whether the waiting page and the public status say how many of those whose wait was looked at
    #: in the last 24 hours went in within the range that they were told.
    public_record: bool = setting(kinds.flag, False)
    #: Where a page leads from which it goes no further (closed, full, ended, left): a path or an
    #: https URL.
    site_url: str = setting(web_kinds.site_url, "", shown="`/`, unless a room protects it")
    #: Whether a place in line can be moved to another device, by a link or a code.
    resume: bool = setting(kinds.flag, True)
    #: An address by which push services reach you, like `mailto:ops@shop.example`. With it, people
    #: may be told of their turn by Web Push after they have closed the page. It needs the extra
    #: `push`.
    push_contact: str = setting(contact_address, "", shown="none: no Web Push")
    #: A private key of your own for Web Push (VAPID, P-256), as PEM or as the path of a file.
    push_key: str = setting(
        token_kinds.push_key, "", secret=True, shown="derived from `secret_key`"
    )
    #: The hosts of push services that may be called: a visitor's browser names one of them.
    push_services: tuple[str, ...] = setting(
        service_hosts,
        KNOWN_SERVICES,
        shown="those of Chrome, Edge, Firefox and Safari",
    )
    #: A directory of your own templates, which take precedence over ours.
    templates: Path | None = setting(kinds.optional(kinds.directory), None)
    #: The site's name on the waiting page.
    site_name: str = setting(look_kinds.site_name, "", shown="the host")
    #: The logo at the top of the waiting page, in place of the site's name: a path like
    #: `/logo.svg`, or an https URL.
    logo: str = setting(look_kinds.logo, "", shown="none")
    #: The logo in dark mode.
    logo_dark: str = setting(look_kinds.logo, "", shown="`logo`")
    #: What is behind the logo and the title: a colour, a gradient of several in a list, or a
    #: picture (a path like `/header.jpg`, or an https URL).
    header: tuple[str, ...] = setting(look_kinds.header, (), shown="from `accent`")
    #: The colours of the waiting page as `#rrggbb`: `accent` (the time, the track and the buttons),
    #: `on_accent`, `background`, `surface`, `text`, `muted`, each also with `_dark` for dark mode.
    colors: tuple[tuple[str, str], ...] = setting(look_kinds.colors, (), shown="none")
    #: `auto` (light or dark, as the visitor's device is set), `light` or `dark`.
    scheme: str = setting(look_kinds.scheme, "auto")
    #: A font file for the waiting page: a path like `/brand.woff2`, or an https URL.
    font: str = setting(look_kinds.font, "", shown="the device's")
    #: `true`, during development only: shows every state of the waiting page, with made-up numbers,
    #: at `/vwr/preview/`, and takes a secret of our documentation.
    debug: bool = setting(kinds.flag, False)
    #: A synchronous function that is called with every event (joined, called, claimed, completed,
    #: ...).
    on_event: Callable[..., object] | None = setting(kinds.hook("event"), None)
    #: Whether figures and spans go to OpenTelemetry, by the providers that the app sets up: see
    #: docs/alarms.md. It needs the extra `otel`.
    otel: bool = setting(alarm_kinds.otel, False)
    #: URLs that are told of alarms by a signed POST, and again until they take it: see
    #: docs/alarms.md. It needs the extra `alarms`, as the next one does.
    alarm_webhooks: tuple[str, ...] = setting(alarm_kinds.webhooks, (), secret=True, shown="none")
    #: The key that signs these, `whsec_` and base64, or a list of several, which all sign.
    alarm_webhook_secret: tuple[str, ...] = setting(
        alarm_kinds.webhook_secrets, (), secret=True, shown="derived from `secret_key`"
    )
    #: URLs of services that are told of alarms by the library apprise, like
    #: `mailto://user:password@mail.example` or `slack://...`: mail, Slack, Teams, Matrix and more.
    alarm_services: tuple[str, ...] = setting(alarm_kinds.services, (), secret=True, shown="none")
    #: Events of the rooms that all of them are told of as well, like `mode_changed` and
    #: `opening_soon`: see docs/alarms.md. `true`: every one that is there.
    alarm_events: tuple[str, ...] = setting(alarm_kinds.events, (), shown="none")
    #: The rooms. The first that matches a request protects it. The settings of a single room can be
    #: written directly instead.
    rooms: tuple[RoomSettings, ...] = setting(
        kinds.Kind(check_rooms, kinds.parse_json), (), shown="one room, main"
    )

    def __init__(self, **given: object) -> None:
        self._hold(_read(given, []))

    def _hold(self, values: Mapping[str, object]) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def _of(cls, given: Mapping[str, object], problems: list[str]) -> Self:
        settings = cls.__new__(cls)
        settings._hold(_read(given, problems))
        return settings

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Self:
        """Settings from a mapping with names in either case, as in Django's configuration."""
        problems: list[str] = []
        return cls._of(lower_names(mapping, "", problems), problems)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Settings from the `VWR_...` variables, each read by its kind. Empty ones do not count.

        Lists are separated by commas, and `VWR_ROOMS` is a JSON list. Line ends are cut off: a file
        of variables from Windows leaves "\\r" there.
        """
        problems: list[str] = []
        return cls._of(read_environment(environ, problems), problems)


ALL_KINDS = kinds_of(Settings) | ROOM_KINDS


def read_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, object]:
    """What the `VWR_...` variables set, by name. What is wrong is added to `problems`."""
    lines = {name: text.rstrip("\r\n") for name, text in environ.items()}
    texts = {name: text for name, text in lines.items() if text}
    given = lower_names(texts, "VWR_", problems)
    for name, text in list(given.items()):
        if name in ALL_KINDS:
            given[name] = ALL_KINDS[name].parse(str(text))
        elif name in OF_THE_COMMAND or SERVICE_LINK.fullmatch(name):
            del given[name]
    return given


def checked(given: Mapping[str, object], problems: list[str]) -> Settings:
    """Settings of what is given. Raises ConfigurationError with these problems and all others."""
    return Settings._of(given, problems)


#: What is looked at too when settings fail, so that all problems are reported at once, whatever
#: they are about: given the values, each returns problems. Start-up hands in its checks of files.
also_checked: list[Callable[[Mapping[str, object]], list[str]]] = []


def chosen(given: Mapping[str, object], *earlier: object) -> Settings:
    """The first Settings object of `earlier` (some may be None), or Settings of what is `given`.

    Raises ConfigurationError if there are both, and for an object that is not Settings.
    """
    made = next((settings for settings in earlier if settings is not None), None)
    if made is None:
        return checked(given, [] if given else [_NONE_GIVEN])
    if not isinstance(made, Settings):
        raise ConfigurationError(
            [f"settings must be a Settings, not a {type(made).__name__}: {_WRITE_BY_NAME}"]
        )
    if given:
        names = ", ".join(given)
        raise ConfigurationError(
            [
                f"{names} would be ignored beside a Settings object: put all settings into that"
                " object"
            ]
        )
    return made


_NONE_GIVEN = (
    "no settings are given: pass them by name, like max_active=500, or read the environment with"
    " settings=Settings.from_env(os.environ) (it is not read by itself)"
)
_WRITE_BY_NAME = "pass settings by name, like max_active=500, or make one with Settings(...)"


def _read(given: Mapping[str, object], problems: list[str]) -> dict[str, object]:
    """The value of every setting. Raises ConfigurationError with these and all other problems."""
    if given.get("secret_key") == ():  # copied from a Settings object with `enabled` false
        given = {name: value for name, value in given.items() if name != "secret_key"}
    problems.extend(unknown_name(name, ALL_KINDS) for name in given if name not in ALL_KINDS)
    values = read_fields(Settings, given, problems)
    enabled = values.get("enabled") is not False
    room = {name: value for name, value in given.items() if name in ROOM_KINDS}
    if "rooms" in given:
        problems.extend(f"{name} belongs to a room: move it into one of rooms" for name in room)
        if values.get("rooms") == () and enabled:
            problems.append('rooms is empty: add a room, like [{"paths": "/tickets"}]')
    else:
        values["rooms"] = _single_room(room, problems, enabled=enabled)
    if "secret_key" not in given:
        values["secret_key"] = ()
        if enabled:
            problems.append(f"secret_key is missing: make one with {secrets.MAKE_A_SECRET}")
    problems.extend(clashes(values))
    if problems:
        problems.extend(problem for check in also_checked for problem in check(values))
        raise ConfigurationError(problems)
    return values


def _single_room(
    given: Mapping[str, object], problems: list[str], *, enabled: bool
) -> tuple[RoomSettings, ...]:
    if not enabled and "paths" not in given:
        return ()
    try:
        return (RoomSettings(**given),)
    except ConfigurationError as error:
        problems.extend(error.problems)
        return ()
