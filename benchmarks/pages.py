"""What it takes to make a waiting page: `python -m benchmarks.pages`.

In this process, without a server: the answer to somebody in line who loads the page, from the
request with its ticket to the bytes, in three ways. Each figure is the least of several rounds of
the processor's time, so that other work on the machine counts little.
"""

import time
from collections.abc import Callable, Sequence

from benchmarks.tables import render
from tests.support.place import Place
from tests.support.requests import PlainRequest
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import preview

ROUNDS, REQUESTS = 15, 300
HEADINGS = ["a waiting page", "CPU us"]


def main() -> None:
    """Measure, and print the table."""
    place = in_a_line_that_moves()
    pages = place.site.pages
    requests = [place.request("/tickets", 5000 + number) for number in range(REQUESTS)]

    def rendered(request: PlainRequest) -> None:
        forget(pages)
        place.answer(request)

    rows = [
        ["the template rendered for each request", least(rendered, requests)],
        ["the rendered template kept, its numbers filled in", least(place.answer, requests)],
        ["assembled from pieces, as people get it", least(place.glance, requests)],
    ]
    print(render([HEADINGS, *rows], figures={1}, as_markdown=True))
    size = len(pages.waiting(preview("waiting")))
    print(f"A page of {size:,} bytes.")


def in_a_line_that_moves() -> Place:
    """A room with people in line, whose wait is known."""
    place = Place(max_active=50)
    now = place.reads().now
    log = [[now - 300, 500.0, 10.0, 10.0], [now, 1000.0, 400.0, 400.0]]
    crowd = {"horizon": 19_000, "present_ahead": 4000, "seen_ahead": 4100, "first_claim": 1.0}
    room = place.reads(
        state="queueing", serving=1000, queue=20_000, active=50, flow=2.0, flow_log=log, **crowd
    )
    room.snapshot.totals["claimed"] = 400
    return place


def forget(pages: Pages) -> None:
    """As if no page had been rendered yet."""
    pages._slotted_page.cache_clear()  # type: ignore[attr-defined]


def least(answer: Callable[[PlainRequest], object], requests: Sequence[PlainRequest]) -> str:
    """Microseconds of the processor for each answer, in the best of the rounds."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for request in requests:
            answer(request)
        found.append(time.process_time() - began)
    return f"{min(found) / len(requests) * 1e6:.1f}"


if __name__ == "__main__":
    main()
