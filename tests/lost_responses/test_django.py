"""Django makes its error pages inside of the middleware, unless it is told not to."""

import io
from collections.abc import Iterator
from typing import Any
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from tests.support.django_shop import Injected
from tests.support.faults import fault
from tests.support.rooms import sessions
from tests.support.transport import EnvironTransport
from tests.support.visitor import Visitor, VisitorOf
from vwr_middleware.site.routing import Site


@fault("The app fails on the request that lets somebody in")
@pytest.mark.parametrize(("propagates", "left"), [(False, ["1-1"]), (True, [])])
@pytest.mark.parametrize("in_loop", [False, True])
def test_one_browser_does_not_fill_the_room_while_a_page_of_django_fails(
    site: Site, visitor_of: VisitorOf, propagates: bool, left: list[str], in_loop: bool
) -> None:
    Injected.given.append(site)
    urls = {"ROOT_URLCONF": "tests.support.django_async_urls"} if in_loop else {}
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=propagates, **urls):
        if in_loop:
            visitor = visitor_of(ASGIHandler())
        else:
            visitor = Visitor.of(EnvironTransport(validator(WSGIHandler())))
        for _ in range(8):
            assert visitor.opens("/tickets/broken").status_code == 500
            assert sessions(site.store) == left
    assert not site.store_access.views["main"].known_sessions.in_hand


@pytest.mark.parametrize(("first", "left"), [([], []), ([b""], []), ([b"one", b""], ["1-1"])])
def test_a_stream_of_django_that_breaks_off_has_brought_its_session_if_any_part_was_sent(
    site: Site, first: list[bytes], left: list[str]
) -> None:
    closed: list[bool] = []

    def parts() -> Iterator[bytes]:
        try:
            yield from first
            raise RuntimeError("no more")
        finally:
            closed.append(True)

    def page(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(parts(), content_type="text/plain")

    Injected.given.append(site)
    urls = type("Urls", (), {"urlpatterns": [path("tickets", page)]})
    with override_settings(ROOT_URLCONF=urls):
        visitor = Visitor.of(EnvironTransport(validator(WSGIHandler())))
        assert visitor.opens().status_code == 500
    assert (sessions(site.store), closed) == (left, [True])
    assert not site.store_access.views["main"].known_sessions.in_hand


def test_a_file_of_django_is_left_to_the_server(site: Site) -> None:
    def page(request: HttpRequest) -> FileResponse:
        return FileResponse(io.BytesIO(b"a file"))

    Injected.given.append(site)
    urls = type("Urls", (), {"urlpatterns": [path("tickets", page)]})
    wrapped: list[FileWrapper] = []

    class Wrapper(FileWrapper):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            wrapped.append(self)

    with override_settings(ROOT_URLCONF=urls):
        transport = EnvironTransport(WSGIHandler(), **{"wsgi.file_wrapper": Wrapper})
        assert Visitor.of(transport).opens().content == b"a file"
    assert len(wrapped) == 1
