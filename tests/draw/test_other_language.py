"""The verifier in another language finds what ours finds."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.draw.test_lanes import in_lanes
from tests.draw.test_permutation import SEED, VECTORS
from tests.draw.test_verify import published, record
from tests.support.servers import ROOT

pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]

VERIFIER = ROOT / "examples" / "draw" / "verify.mjs"


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *arguments], capture_output=True, text=True, timeout=60)


def test_it_finds_the_places_that_were_promised() -> None:
    code = f"""
        import {{ placeOf }} from {json.dumps(VERIFIER.as_posix())};
        const seed = Buffer.from({json.dumps(SEED.hex())}, "hex");
        const asked = {json.dumps([[count, n] for count in VECTORS for n in VECTORS[count]])};
        console.log(JSON.stringify(asked.map(([count, n]) => placeOf(seed, count, n))));
    """
    done = node("--input-type=module", "-e", code)
    expected = [place for places in VECTORS.values() for place in places.values()]
    assert json.loads(done.stdout) == expected, done.stderr


def test_it_agrees_on_a_published_draw(tmp_path: Path) -> None:
    drawn = record(beacon_source="drand", beacon="bébé")
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(drawn.as_json()))
    for number in (1, 500, 1000):
        place = drawn.place_of(number)
        done = node(str(VERIFIER), str(file), "--number", str(number), "--place", str(place))
        assert (done.returncode, f"number {number} got place {place}" in done.stdout) == (0, True)
    done = node(str(VERIFIER), str(file), "--number", "1", "--place", str(drawn.place_of(2)))
    assert (done.returncode, "number 1 got place" in done.stderr) == (1, True)


def test_it_finds_a_seed_that_was_not_committed_to(tmp_path: Path) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(published(seed="00" * 32)))
    done = node(str(VERIFIER), str(file))
    assert (done.returncode, "not the one that was committed to" in done.stderr) == (1, True)


def test_the_pages_script_finds_the_places_that_were_promised() -> None:
    script = ROOT / "static" / "src" / "draw.js"
    code = f"""
        import {{ placeOf, numberAt }} from {json.dumps(script.as_posix())};
        const seed = {json.dumps(SEED.hex())};
        const found = [];
        for (const [count, n] of {json.dumps([[c, n] for c in VECTORS for n in VECTORS[c]])}) {{
            const place = await placeOf({{ seed, count }}, n);
            found.push([place, await numberAt({{ seed, count }}, place)]);
        }}
        console.log(JSON.stringify(found));
    """
    done = node("--input-type=module", "-e", code)
    expected = [[place, n] for places in VECTORS.values() for n, place in places.items()]
    assert json.loads(done.stdout) == expected, done.stderr


def test_the_pages_script_doubts_what_differs_from_what_it_noted() -> None:
    drawn = record(beacon_source="drand", beacon="abc")
    noted = {"number": 7, "commitment": drawn.commitment, "source": "drand", "count": 990}
    others = [
        {},
        {"commitment": "0" * 64},
        {"source": "another"},
        {"count": 1001},
        {"number": 8},
    ]
    script = ROOT / "static" / "src" / "draw.js"
    code = f"""
        import {{ checked }} from {json.dumps(script.as_posix())};
        const [draw, found] = [{json.dumps(drawn.as_json())}, []];
        for (const other of {json.dumps(others)}) {{
            const noted = {{ ...{json.dumps(noted)}, ...other }};
            const {{ fits }} = await checked(draw, {drawn.place_of(7)}, noted);
            found.push(fits);
        }}
        console.log(JSON.stringify(found));
    """
    done = node("--input-type=module", "-e", code)
    assert json.loads(done.stdout) == [True, False, False, False, False], done.stderr


def test_it_agrees_on_each_lane(tmp_path: Path) -> None:
    drawn = in_lanes(beacon_source="drand", beacon="bébé")
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(drawn.as_json()))
    for lane, number in (("", 1), ("members", 200), ("slow", 7)):
        place = str(drawn.place_of(number, lane))
        asked = (str(VERIFIER), str(file), "--lane", lane, "--number", str(number))
        done = node(*asked, "--place", place)
        assert (done.returncode, f"got place {place}" in done.stdout) == (0, True), done.stderr
    done = node(str(VERIFIER), str(file), "--lane", "vip", "--number", "2")
    assert f"number 749 got place {drawn.place_of(749)}" in done.stdout
    done = node(str(VERIFIER), str(file), "--lane", "slow", "--number", "51")
    assert (done.returncode, "there is no number 51" in done.stderr) == (1, True)
    file.write_text(json.dumps(drawn.as_json() | {"count": 999}))
    assert node(str(VERIFIER), str(file)).returncode == 1


def test_the_pages_script_agrees_on_each_lane_and_knows_what_it_noted() -> None:
    drawn = in_lanes(beacon_source="drand", beacon="abc")
    seen = {"commitment": drawn.commitment, "source": "drand"}
    asked = [
        ("slow", 7, None, True),
        ("slow", 7, {"number": 7, "lane": "slow", "count": 40}, True),
        ("slow", 7, {"number": 8, "lane": "slow", "count": 40}, False),
        ("slow", 7, {"number": 7, "lane": "slow", "count": 51}, False),
        ("", 749, {"number": 2, "lane": "vip", "count": 3}, True),  # which was gone
        ("", 749, {"number": 1, "lane": "vip", "count": 3}, False),
        ("", 7, {"number": 3, "lane": "slow", "count": 999}, True),  # an appeal came between
    ]
    script = ROOT / "static" / "src" / "draw.js"
    cases = [
        (lane, drawn.place_of(number, lane), noted and {**seen, **noted})
        for lane, number, noted, _ in asked
    ]
    code = f"""
        import {{ checked, inLane }} from {json.dumps(script.as_posix())};
        const [draw, found] = [{json.dumps(drawn.as_json())}, []];
        for (const [lane, place, noted] of {json.dumps(cases)}) {{
            const {{ number, fits }} = await checked(inLane(draw, lane), place, noted);
            found.push([fits && number, fits]);
        }}
        console.log(JSON.stringify(found));
    """
    done = node("--input-type=module", "-e", code)
    expected = [[fits and number, fits] for _, number, _, fits in asked]
    assert json.loads(done.stdout) == expected, done.stderr
