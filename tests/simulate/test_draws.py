"""A draw of any size treats all alike, in no memory to speak of."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.support.servers import ROOT
from tests.support.shell import failed, said
from vwr_middleware.simulate.command import command
from vwr_middleware.simulate.drawing import simulate_draw


def test_who_comes_when_says_nothing_of_the_place() -> None:
    drawn = [simulate_draw(2000, seed) for seed in (1, 2, 3)]
    assert [one.is_even for one in drawn] == [True] * 3
    assert len({one.first_place_of for one in drawn}) == 3


def test_an_order_of_coming_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    order = "vwr_middleware.simulate.drawing.Permutation.place_of"
    monkeypatch.setattr(order, lambda _, number: number)
    drawn = simulate_draw(2000, 1)
    assert not drawn.is_even
    assert drawn.correlation == pytest.approx(1)
    assert drawn.chi_square == pytest.approx(9 * 2000)
    half = 1000
    monkeypatch.setattr(order, lambda _, n: 2 * n - 1 if n <= half else 2 * (n - half))
    drawn = simulate_draw(2000, 1)  # two hands of a riffle: both are in order
    assert not drawn.is_even


def test_the_command_says_how_even_a_draw_is() -> None:
    text = said(CliRunner().invoke(command, ["--draw", "--visitors", "1500"]))
    assert "As even as chance" in text
    told = json.loads(said(CliRunner().invoke(command, ["--draw", "--visitors", "50", "--json"])))
    assert (told["count"], 1 <= told["first_place_of"] <= 50) == (50, True)
    text = said(CliRunner().invoke(command, ["--draw", "--visitors", "1"]))
    assert "Too few to judge by" in text
    assert "at most 2,147,483,648" in failed(
        CliRunner().invoke(command, ["--draw", "--visitors", "2147483649"])
    )


def test_the_command_draws_each_lane_by_itself() -> None:
    asked = ["--draw", "--visitors", "6000", "--lanes", "a=0.3,b=0.1", "--in-lanes", "a=0.5,b=0"]
    text = said(CliRunner().invoke(command, asked))
    assert text.count("As even as chance") == 2 and "everybody else" in text
    told = json.loads(said(CliRunner().invoke(command, [*asked, "--json"])))["lanes"]
    assert [(each["lane"], each["count"]) for each in told] == [("", 3000), ("a", 3000)]
    assert told[0]["first_place_of"] != told[1]["first_place_of"], "each by a seed of its own"
    wrong = CliRunner().invoke(command, ["--draw", "--lanes", "a=0.3", "--in-lanes", "c=0.1"])
    assert "c is no lane" in failed(wrong)


def peak_of(count: int) -> int:
    """The most memory of a process that draws so many, in kB."""
    code = (
        "import resource; from vwr_middleware.simulate.drawing import simulate_draw;"
        f" print(simulate_draw({count}, 1).is_even,"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    is_even, most = done.split()
    assert is_even == "True"
    return int(most)


@pytest.mark.simulate
@pytest.mark.timeout(900)
def test_a_million_registrations_are_drawn_evenly_in_flat_memory() -> None:
    assert peak_of(1_000_000) < peak_of(2000) + 2000  # kB: two bytes for each would be too many
