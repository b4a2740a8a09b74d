"""A user's own templates, rendered at start-up in every state, so that mistakes show before anybody
waits. Without templates of one's own nothing is rendered.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from vwr_middleware.pages.languages import SOURCE
from vwr_middleware.pages.pages import DOOR, RESUME, WAITING, Pages
from vwr_middleware.pages.preview import DOOR_STATES, RESUME_STATES, STATES, preview, resume_preview
from vwr_middleware.pages.templates import told
from vwr_middleware.settings import RoomSettings

#: A state in words, and a call that renders the template in it and raises what that raises.
Trial = tuple[str, Callable[[], object]]


def template_problems(pages: Pages, rooms: Iterable[RoomSettings] = ()) -> list[str]:
    """What fails in a user's own templates of the visitors' pages, each with its file and line."""
    own = pages.own_first
    found: list[str] = []
    if own.has_own(WAITING):
        found += _failures(pages, WAITING, _waiting(pages, rooms))
    if own.has_own(RESUME):
        found += _failures(pages, RESUME, _resume(pages))
    if own.has_own(DOOR):
        found += _failures(pages, DOOR, _door(pages))
    return found


def _waiting(pages: Pages, rooms: Iterable[RoomSettings]) -> Iterator[Trial]:
    """Every state; and one state in each language and room, on which templates may depend."""
    views = {state: preview(state) for state in STATES}
    one = views[STATES[0]]
    views |= {
        f"language {found.code}": replace(one, language=found.code) for found in pages.languages
    }
    views |= {f"room {room.name}": replace(one, room=room.name) for room in rooms}
    return ((said, partial(pages.try_waiting, view)) for said, view in views.items())


def _resume(pages: Pages) -> Iterator[Trial]:
    for state in RESUME_STATES:
        yield state, partial(pages.try_resume, SOURCE, **resume_preview(state))
    for found in pages.languages:
        brought = resume_preview("a code")
        yield f"language {found.code}", partial(pages.try_resume, found.code, **brought)


def _door(pages: Pages) -> Iterator[Trial]:
    for state, values in DOOR_STATES.items():
        yield state, partial(pages.try_door, SOURCE, **values)
    for found in pages.languages:
        drawn = DOOR_STATES["drawn"]
        yield f"language {found.code}", partial(pages.try_door, found.code, **drawn)


def _failures(pages: Pages, name: str, trials: Iterable[Trial]) -> list[str]:
    """A sentence for each mistake, with the first state in which it shows."""
    found: dict[str, str] = {}
    for said, trial in trials:
        try:
            trial()
        except Exception as error:
            found.setdefault(told(error, pages.own_first.folders, name), said)
            if isinstance(error, RecursionError):  # slow, and the same in every state
                break
    return [f"{sentence} (seen in: {said})" for sentence, said in found.items()]
