"""The go / no-go sheet: in the terminal, as HTML and as JSON."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from vwr_middleware.drill.finding import Finding
from vwr_middleware.loadtest.result_page import result_page

WORDS: dict[bool | None, str] = {True: "go", False: "NO-GO", None: "open"}

Groups = Sequence[tuple[str, Sequence[Finding]]]


def is_go(groups: Groups) -> bool:
    """Whether nothing must be mended."""
    return all(found.is_well is not False for _, group in groups for found in group)


def verdict(groups: Groups) -> str:
    """The sheet in one sentence."""
    found = [each for _, group in groups for each in group]
    wrong = sum(each.is_well is False for each in found)
    undecided = sum(each.is_well is None for each in found)
    decide = f"; {undecided} for you to decide" if undecided else ""
    return f"NO-GO: {wrong} to mend{decide}." if wrong else f"GO{decide}."


def as_text(groups: Groups) -> Iterator[str]:
    """For the terminal."""
    for heading, group in groups:
        yield heading
        for found in group:
            yield f"{WORDS[found.is_well]:>6}  {found.what}: {found.told}"
            if found.is_well is not True:
                yield f"        To do: {found.fix}"
    yield verdict(groups)


def as_html(url: str, groups: Groups, at: float) -> str:
    """As a page of its own."""
    when = datetime.fromtimestamp(at, UTC)
    return result_page(
        f"Drill of {url}",
        f"Held at {when:%Y-%m-%d %H:%M:%S} UTC, in copies of the rooms. A line that is open may be"
        " right: decide it before the day.",
        verdict(groups),
        is_well=is_go(groups),
        words=WORDS,
        groups=groups,
    )


def as_json(url: str, groups: Groups, at: float) -> dict[str, Any]:
    """For programs."""
    return {
        "go": is_go(groups),
        "url": url,
        "at": round(at, 1),
        "findings": [
            {
                "part": heading,
                "result": WORDS[found.is_well].lower(),
                "what": found.what,
                "told": found.told,
                **({"fix": found.fix} if found.fix else {}),
            }
            for heading, group in groups
            for found in group
        ],
    }
