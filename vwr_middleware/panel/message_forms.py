"""The panel's form for a message, and the message as visitors would see it before it goes out."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from vwr_middleware.errors import Refused
from vwr_middleware.pages.announcements import Announcement
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import sample
from vwr_middleware.panel.forms import Form
from vwr_middleware.panel.language import _
from vwr_middleware.panel.messages import as_now, prepared_message
from vwr_middleware.settings.message_kinds import NOW
from vwr_middleware.worker.current_room import CurrentRoom


def message_of(form: Form) -> dict[str, Any] | None:
    """The message that somebody has written; None: no message. Whether it fits is checked later."""
    others = dict(zip(form.getlist("lang"), form.getlist("translation"), strict=False))
    texts = {lang.strip(): text for lang, text in others.items() if lang.strip() or text.strip()}
    text = form.get("message", "")
    if not text.strip() and not texts:
        return None
    found: dict[str, Any] = {"text": text, "texts": texts}
    found |= {name: form[name].strip() for name in ("language", "severity") if form.get(name)}
    if "timed" in form:
        found["at"] = NOW
    return found


def announcement_of(room: CurrentRoom, form: Form) -> Announcement:
    """The message of a form, or the prepared one that it names, as it would be if it were put in
    force now. Raises Refused."""
    name = form.get("prepared", "")
    given = prepared_message(room, name) if name else message_of(form)
    if given is None:
        raise Refused(_("write the message first"))
    try:
        return as_now(room, given)
    except ValueError as error:
        raise Refused(_("the message {error}", error=error)) from error


class PagePreview(NamedTuple):
    """The waiting page with a message, as one of its languages has it."""

    language: str  # its own name
    page: str
    unread: str  # a language of the message in which there is no page, so that nobody reads it


def page_previews(
    pages: Pages, announcement: Announcement, below: Mapping[str, str]
) -> list[PagePreview]:
    """The waiting page in each language of a message. `below` has the room, the site's name and
    where its files are."""
    found = {}
    for tag in (announcement.language or "en", *dict(announcement.others)):
        code = pages.languages.best(tag)
        is_there = code.partition("-")[0] == tag.lower().partition("-")[0]
        view = sample("waiting", code, announcement=announcement, **below)
        page = pages.waiting(view).decode()
        name = pages.languages[code].name
        found[tag] = PagePreview(name, page, "" if is_there else tag)
    return list(found.values())
