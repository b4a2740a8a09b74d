"""Whether a user's own colours can be read."""

import re

import pytest

from tests.support.servers import ROOT
from vwr_middleware.pages.contrast import DARK, LIGHT, contrast, contrast_warnings


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#fff", "#FFF") == pytest.approx(1)


def test_our_colours_are_those_of_the_style_sheet() -> None:
    sheet = (ROOT / "static/src/vwr.css").read_text()
    light, dark = (
        {
            name.replace("-", "_"): colour
            for name, colour in re.findall(r"--([a-z-]+): (#[0-9a-f]+);", root)
        }
        for root in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    )
    assert (light, dark) == (LIGHT, DARK)


def test_our_own_colours_and_none_can_be_read() -> None:
    assert list(contrast_warnings({})) == []
    dark = {f"{name}_dark": colour for name, colour in DARK.items()}
    assert list(contrast_warnings(LIGHT | dark)) == []


def test_what_can_hardly_be_read_is_told() -> None:
    (button, *links) = reversed(list(contrast_warnings({"accent": "#ffd400"})))
    assert button == (
        "colors: on_accent on accent (#fff on #ffd400) has a contrast of 1.4 to 1,"
        " and text needs 4.5 to be read by everybody"
    )
    assert [told.partition(" (")[0] for told in links] == ["colors: accent on surface"]


def test_dark_colours_are_looked_at_beside_dark_ones() -> None:
    (told,) = contrast_warnings({"muted_dark": "#333"})
    assert told.startswith("colors: muted_dark on surface_dark (#333 on #1a212b)")
