"""The few fields that are sent to our own addresses."""

import json

import pytest

from tests.support.requests import PlainRequest
from vwr_middleware.web.http import asked, content_type, fields_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def sent(body: bytes, kind: str = FORM) -> dict[str, str] | None:
    return fields_of(PlainRequest(method="POST", headers={"content-type": kind}, body=body))


@pytest.mark.parametrize("body", [b"", b" \r\n"])
@pytest.mark.parametrize("kind", [FORM, JSON, ""])
def test_an_empty_body_has_no_fields(body: bytes, kind: str) -> None:
    assert sent(body, kind) == {}


def test_a_body_of_another_kind_is_not_read() -> None:
    assert sent(b"next=/a", "text/plain") == sent(b'{"next": "/a"}', "text/json") == {}


def test_a_kind_is_known_in_other_letters_and_with_parameters() -> None:
    request = PlainRequest(headers={"content-type": "Application/JSON ; charset=utf-8"})
    assert content_type(request) == JSON
    assert content_type(PlainRequest()) == ""


def test_of_several_fields_with_one_name_the_first_counts_and_blank_ones_too() -> None:
    assert sent(b"next=/a&code=&next=/b") == {"next": "/a", "code": ""}


@pytest.mark.parametrize(
    "content",
    [["a"], {"a": 1}, {"a": "b", "c": 1}, {"a": None}, {"a": "\ud800"}, "a"],
    ids=json.dumps,
)
def test_json_that_is_no_texts_by_name_is_unreadable(content: object) -> None:
    assert sent(json.dumps(content).encode(), JSON) is None
    assert sent(b'{"a": "b"}', JSON) == {"a": "b"}


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{", JSON), (b"[" * 100_000, JSON), (b"a=\xff", FORM), (b"\xff", JSON)]
)
def test_what_cannot_be_read_is_told(body: bytes, kind: str) -> None:
    assert sent(body, kind) is None


def test_a_form_has_so_many_fields_and_a_query_so_much_text_at_most() -> None:
    fields = [f"f{number}=1" for number in range(21)]
    assert len(sent("&".join(fields[:20]).encode()) or {}) == 20
    assert sent("&".join(fields).encode()) is None
    begin = f"a={'x' * 8186}&b="
    assert asked(PlainRequest(query=f"{begin}12"))[1] == ("b", "1")
