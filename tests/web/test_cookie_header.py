"""Finding our cookies fast, and what they are called."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_cookie

from vwr_middleware.web.cookie_header import MOST, CookieMark, find

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
NAMES = st.sampled_from(["vwr_main", "vwr_main_token", "xvwr_main", "wr_main", "vwr_mai", "a", "A"])
VALUES = st.one_of(
    st.text(alphabet=LETTERS, max_size=9),
    st.text(alphabet=LETTERS + "=:/?[]{}", max_size=9),
    st.text(alphabet=LETTERS + " =,:/?", max_size=9).map('"{}"'.format),
    st.sampled_from(["vwr_main=1", "vwr_main", "=vwr_main=", '"vwr_main=1"']),
)
PAIRS = st.lists(st.tuples(NAMES, VALUES).map("=".join), max_size=8)


@given(pairs=PAIRS, glue=st.sampled_from(["; ", ";", " ; ", ";\t", ";;"]))
def test_it_finds_what_werkzeug_finds_in_an_ordinary_header(pairs: list[str], glue: str) -> None:
    header = glue.join(pairs)
    parsed = parse_cookie(header)
    for name in ("vwr_main", "vwr_main_token", "a", "absent"):
        assert find(header, name, most=9) == parsed.getlist(name)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", []),
        ("vwr_main", []),
        ("vwr_main=", [""]),
        ("vwr_main=;", [""]),
        ("vwr_main=x", ["x"]),
        ("a=b; vwr_main=x; c=d", ["x"]),
        ("a=b;vwr_main=x;c=d", ["x"]),
        ("  vwr_main=  x  ;", ["x"]),
        ('vwr_main="x"', ["x"]),
        ('vwr_main=""', [""]),
        ('vwr_main="', ['"']),
        ('vwr_main="x', ['"x']),
        ("vwr_main=x=y=", ["x=y="]),
        ("vwr_main=x vwr_main=y", ["x vwr_main=y"]),
        ("vwr_main_token=x", []),
        ("xvwr_main=x", []),
        ("x vwr_main=x", []),
        ("__Host-vwr_main=x", []),
        ("a=vwr_main=x", []),
        ("VWR_MAIN=x", []),
        ("a=b, vwr_main=x", []),
        ("vwr_main=1; vwr_main=2", ["1", "2"]),
        ("vwr_main=1; xvwr_main=2; vwr_main=3", ["1", "3"]),
        ("vwr_main=vwr_main=1; vwr_main=2", ["vwr_main=1", "2"]),
    ],
)
def test_only_a_cookie_of_exactly_this_name_counts(header: str, values: list[str]) -> None:
    assert find(header, "vwr_main") == values


def test_of_many_cookies_with_one_name_a_bounded_number_is_looked_at() -> None:
    header = "; ".join(f"vwr_main={n}" for n in range(1_000))
    assert find(header, "vwr_main") == [str(n) for n in range(MOST)]
    assert find(header, "vwr_main", most=1) == ["0"]


@pytest.mark.parametrize("written", ["{}", '"{}"', " {} ", '\t"{}"'])
def test_those_of_another_shape_hide_none(written: str) -> None:
    wrong = ["", "x", "abcd", '"abc', 'abc"', "ab c", "a=b", "abc.", "é"]
    header = "; ".join(f"vwr_main={value}" for value in (*wrong * 100, written.format("abc")))
    assert find(header, "vwr_main", shape="[a-z]{3}") == ["abc"]


@pytest.mark.parametrize(
    "filler",
    ["x", " ", ";", "; ", "a=b; ", "xvwr_main=1; ", "vwr_main=", "vwr_main= ", " vwr_main", '"',
     "é", "\0"],
)  # fmt: skip
def test_a_huge_header_neither_hides_nor_forges_a_cookie(filler: str) -> None:
    header = filler * (100_000 // len(filler))
    found = find(f"vwr_main=here; {header}", "vwr_main")
    assert found[0] == "here"
    assert find(f"{header}; vwr_main=here", "vwr_main")[-1] == "here"


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python some work takes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("filler", ["vwr_main=", "vwr_main= ", " vwr_main", " ", "xvwr_main=1; "])
def test_a_huge_header_is_searched_in_one_pass(filler: str) -> None:
    """Servers without a limit hand on megabytes, and all others wait for the answer to these."""
    header = f"a=1;{filler * 1000}vwr_main=1"
    find(header, "vwr_main")  # what is made once, is made
    assert lines_run(lambda: find(header, "vwr_main")) < 100


@given(st.text(), st.text())
def test_any_text_is_searched_without_an_error(before: str, after: str) -> None:
    assert find(f"{before};vwr_main=x;{after}", "vwr_main", most=999).count("x") >= 1


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("vwr_main=1", "1"),
        ("a=b; vwr_main=1; c=d", "1"),
        ("vwr_main=; c=d", ""),
        ("a=vwr_main=1", ""),
        ("not_vwr_main=1", ""),
        ("a=b", ""),
    ],
)
def test_a_mark_finds_its_value_in_text_and_in_bytes(header: str, value: str) -> None:
    mark = CookieMark("vwr_main")
    assert mark.value(header) == value
    assert mark.value(header.encode()) == value.encode()
