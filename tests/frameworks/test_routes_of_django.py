"""Django projects tell of paths that lead nowhere, and their patterns are read with care."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path, register_converter
from django.urls.converters import get_converters
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import lazy
from django.utils.translation import get_language

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.django_project import SECURITY, browsers, project
from tests.support.our_log import our_log
from tests.support.routes import named, view
from vwr_middleware.django.checks import OURS, routes_of
from vwr_middleware.web.remembered import warn_once


def translated(german: str, other: str) -> Any:
    return lazy(lambda: german if get_language() == "de" else other, str)()


Patterns = Callable[[], list[Any]]
#: Patterns, a path to which they lead, and one to which they do not.
CASES: dict[str, tuple[Patterns, str, str]] = {
    "a slash that may be there": (
        lambda: [re_path(r"^api/?", include([path("tickets/", view)]))],
        "/api/tickets",
        "/opi/tickets",
    ),
    "a beginning": (
        lambda: [re_path(r"^api/", include([path("tickets/", view)]))],
        "/api/tickets",
        "/api/ticket",
    ),
    "a whole": (lambda: [re_path(r"^tickets/$", view)], "/tickets", "/tickets/7"),
    "files": (lambda: [re_path(r"^media/(?P<path>.*)$", view)], "/media/a/b", "/medio"),
    "a dot": (lambda: [re_path(r"^sitemap\.xml$", view)], "/sitemap.xml", "/sitemap"),
    "a name": (lambda: [re_path(r"^shows/(?P<at>[^/.]+)/$", view)], "/shows/8", "/show"),
    "a letter that may be there": (lambda: [re_path(r"^shows?/x$", view)], "/show/x", "/shaw/x"),
    "a translated route": (
        lambda: i18n_patterns(path(translated("karten/", "tickets/"), view)),
        "/de/karten",
        "/xx/karten",
    ),
    "a translated regex": (
        lambda: [re_path(translated("^karten/$", "^tickets/$"), view)],
        "/karten",
        "/ticket",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_known_of_a_pattern_is_told(case: str) -> None:
    patterns, reached, lost = CASES[case]
    assert named(routes_of(patterns()), reached, lost) == [lost]


def test_the_language_that_is_set_need_not_be_among_the_others() -> None:
    with override_settings(LANGUAGE_CODE="de-at", LANGUAGES=[("de", "German")]):
        shown = list(routes_of(i18n_patterns(path("shows/", view))))
        assert named(shown, "/de-at/shows", "/de/shows", "/fr/shows") == ["/fr/shows"]


@pytest.mark.parametrize("regex", [r"^a|b/$", r"a/$", r"(?i)^a/$", r"^(a|b)/$"])
def test_a_regex_without_one_beginning_may_lead_to_all(regex: str) -> None:
    assert named(routes_of([re_path(regex, view)]), "/anything") == []


class Month:
    """A year and a month."""

    regex = r"\d{4}/\d{2}"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


class Year(Month):
    """A year."""

    regex = r"\d{4}"


@pytest.mark.parametrize("converter", [Month, Year])
def test_a_converter_may_take_slashes(converter: type[Month]) -> None:
    if converter.__name__ not in get_converters():
        register_converter(converter, converter.__name__)
    shown = routes_of([path(f"news/<{converter.__name__}:at>/all", view)])
    assert named(shown, "/news/2030/05/all") == (["/news/2030/05/all"] * (converter is Year))


def test_patterns_of_a_django_project_are_read_with_care() -> None:
    patterns = [
        re_path(r"^tickets/?$", view),
        re_path(r"^seats/(?P<row>[a-z/]+)$", view),
        re_path(r"^open", view),
        *i18n_patterns(path("shows/", view)),
    ]
    plain = [patterns[0], patterns[3]]
    assert named(routes_of(plain), "/tickets", "/de/shows", "/shows", "/tic") == [
        "/shows",
        "/tic",
    ]
    assert named(routes_of(patterns[2:3]), "/opening/at/ten", "/closed") == ["/closed"]
    assert named(routes_of(patterns), "/seats/a/b", "/anything") == ["/anything"]
    bare = i18n_patterns(path("shows/", view), prefix_default_language=False)
    assert named(routes_of(bare), "/shows", "/show") == ["/show"]


class Urls:
    """A URLconf."""

    urlpatterns = (path("tickets/<int:id>", view),)


class FlatpageFallbackMiddleware(MiddlewareMixin):
    """Answers where no route leads."""


FALLBACK = f"{__name__}.{FlatpageFallbackMiddleware.__name__}"


def test_django_tells_by_its_checks() -> None:
    rooms = [{"PATHS": ["/tickets", "/seats"]}]
    with project(ROOT_URLCONF=Urls, VWR_ROOMS=rooms):
        (found,) = [message for message in run_checks() if message.id == "vwr.W005"]
        assert "'/seats', so nobody waits there" in found.msg
        assert "WebSocket of Channels" in str(found.hint)  # of which Django's routes know nothing
    with project(ROOT_URLCONF=Urls, VWR_ROOMS=rooms, MIDDLEWARE=[SECURITY, OURS, FALLBACK]):
        assert [message for message in run_checks() if message.id == "vwr.W005"] == []


#: As the admin's own.
ADMIN = ([path("login/", HttpResponse, name="login")], "admin")


class ShopUrls:
    """A URLconf with a language in front, as in django-oscar."""

    urlpatterns = i18n_patterns(path("basket/", HttpResponse), path("admin/", include(ADMIN)))


@pytest.mark.parametrize("more", [{"MIDDLEWARE": [SECURITY, OURS, FALLBACK]}, {"X_URLCONF": "x"}])
def test_a_path_without_its_language_is_told_even_where_something_else_may_answer(
    more: dict[str, Any],
) -> None:
    with project(ROOT_URLCONF=ShopUrls, VWR_ROOMS=[{"PATHS": ["/basket"]}], **more):
        (found,) = [message for message in run_checks() if message.id == "vwr.W005"]
        assert "did you mean '/*/basket'?" in found.msg


def test_what_is_astray_is_logged_with_the_first_request(caplog: pytest.LogCaptureFixture) -> None:
    # Servers run no checks, and without our app in INSTALLED_APPS there are none.
    rooms = [{"PATHS": ["/baskets"]}]
    with project(ROOT_URLCONF=ShopUrls, VWR_ROOMS=rooms):
        (browser,) = browsers(1)
        assert browser.get("/en-us/basket/").status_code == 200
        browser.get("/en-us/basket/")
    (line,) = our_log(caplog, "'/baskets', so nobody waits there")
    with project(ROOT_URLCONF=ShopUrls, VWR_ROOMS=rooms, SILENCED_SYSTEM_CHECKS=["vwr.W005"]):
        warn_once.cache_clear()
        browsers(1)[0].get("/en-us/basket/")
    assert our_log(caplog, "'/baskets', so nobody waits there") == [line]


def test_a_login_of_staff_that_lies_in_the_line_is_told() -> None:
    def told(**changes: Any) -> list[str]:
        with project(ROOT_URLCONF=ShopUrls, **changes):
            return [str(message.msg) for message in run_checks() if message.id == "vwr.W006"]

    everything = [{"PATHS": ["/"]}]
    (line,) = told(VWR_ROOMS=everything, VWR_BYPASS_STAFF=True)
    assert "'/en-us/admin/login/'" in line and "EXCLUDE" in line
    assert told(VWR_ROOMS=everything)  # the panel asks for Django's login
    assert not told(VWR_ROOMS=everything, VWR_ADMIN_PASSWORD="a long password")
    assert not told(VWR_ROOMS=[{"PATHS": ["/"], "EXCLUDE": ["/*/admin"]}], VWR_BYPASS_STAFF=True)
    assert not told(VWR_ROOMS=[{"PATHS": ["/basket"]}], VWR_BYPASS_STAFF=True)


class OddUrls:
    """A URLconf that Django refuses."""

    urlpatterns = ("prefix", path("tickets/<int:id>", view))


def test_a_pattern_that_is_none_is_told_by_django_alone() -> None:
    with project(ROOT_URLCONF=OddUrls, VWR_ROOMS=[{"PATHS": ["/tickets"]}]):
        assert "urls.E004" in [message.id for message in run_checks()]


def test_a_pattern_of_another_kind_may_lead_to_all_below_it() -> None:
    odd: Any = object()
    shown = routes_of([path("shop/", include([odd])), path("news/", view)])
    assert named(shown, "/shop/a/b", "/shops") == ["/shops"]


def test_nothing_is_told_where_hosts_have_urlconfs_of_their_own() -> None:
    rooms = [{"PATHS": ["/seats"]}]
    with project(ROOT_URLCONF=Urls, VWR_ROOMS=rooms):
        assert "vwr.W005" in [message.id for message in run_checks()]
        with override_settings(SUBDOMAIN_URLCONFS={"seats": "seats.urls"}):
            assert "vwr.W005" not in [message.id for message in run_checks()]
