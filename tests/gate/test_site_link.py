"""Where a page leads from which it goes no further."""

import re

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.gate.site_link import SiteLink
from vwr_middleware.settings import Settings

KEY = "a secret of the tests"


def link(mount: str = "", **given: object) -> str:
    settings = Settings(**{"secret_key": KEY, "paths": "/tickets"} | given)
    return SiteLink(settings).at(mount)


def test_it_is_the_root_of_the_app_where_no_room_protects_that() -> None:
    assert link() == "/"
    assert link("/shop") == "/shop/"
    assert link(paths=["/", "/tickets"]) == link("/shop", paths="*") == ""
    assert link(paths="*", exclude=[re.compile("^/$")]) == link(paths="/*", methods=["POST"]) == "/"


def test_it_is_what_the_site_says() -> None:
    for url in ("/welcome?from=line", "https://shop.example", "http://[::1]:8000/a#b"):
        assert link("/shop", paths="*", site_url=url) == url


@pytest.mark.parametrize(
    "url", ["//evil.example", "javascript:alert(1)", "/\\evil", "shop.example", "/a b", "/é", 5]
)
def test_nothing_else_is_taken(url: object) -> None:
    with pytest.raises(ConfigurationError, match="site_url must be a path of this site like /"):
        link(site_url=url)
