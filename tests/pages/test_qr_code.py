"""The QR code of the link for another device, read as a camera would."""

import re

import numpy
import pytest
import zxingcpp

from vwr_middleware.pages import qr_code as qr_codes
from vwr_middleware.pages.qr_code import LONGEST, qr_code

LINK = "https://tickets.example/vwr/main/resume?next=/a%23stalls#resume=AAAA-BBBB-CCCC"


def drawn(svg: str) -> numpy.ndarray:
    """The picture of a code's one path, which is made of horizontal lines, four pixels a module."""
    size = int(re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)[1])  # type: ignore[index]
    picture = numpy.full((size, size), 255, numpy.uint8)
    (path,) = re.findall(r'class="qrline"[^>]*d="([^"]+)"', svg)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            picture[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        elif command == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]
    return picture.repeat(4, axis=0).repeat(4, axis=1)


def test_a_camera_reads_the_whole_link_with_its_fragment() -> None:
    svg = str(qr_code(LINK, "QR code of this link"))
    (found,) = zxingcpp.read_barcodes(drawn(svg))
    assert found.text == LINK


def test_a_code_is_dark_on_light_named_and_nothing_that_a_strict_page_refuses() -> None:
    svg = str(qr_code(LINK, 'A "title" <b>'))
    assert 'fill="#fff"' in svg and 'stroke="#000"' in svg
    assert "&lt;b&gt;" in svg and "<b>" not in svg
    assert "style" not in svg and "script" not in svg


def test_there_is_none_without_a_link_or_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    assert qr_code("", "title") == qr_code("x" * (LONGEST + 1), "title") == ""
    monkeypatch.setattr(qr_codes, "find_spec", lambda name: None)
    qr_code.cache_clear()
    assert qr_code(LINK, "title") == ""
    qr_code.cache_clear()
