"""The operator's message to everybody in line, in full: a text for each language, links to the own
site, a time, and how urgent it is.

In a store it stands beside `message`, its plain words, which programs and workers of earlier
releases read. If those were changed since by one that does not know it, it counts no more.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from markupsafe import escape

from vwr_middleware.pages.languages import RIGHT_TO_LEFT
from vwr_middleware.spoken import said, wrong
from vwr_middleware.web.next_url import is_path_of_origin

#: How urgent a message is. Urgent ones are spoken at once, by whoever reads pages aloud.
SEVERITIES = ("info", "warning", "urgent")
#: Characters of one text, and of all of them together; and languages besides the first.
LONGEST, LONGEST_TOGETHER, OTHERS_MOST = 1000, 6000, 24
#: The names of its fields, in the order in which they are shown.
FIELDS = ("text", "language", "texts", "severity", "at")

_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]*)\)")
#: The name of a language.
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Part(NamedTuple):
    """Words of a text, and where they lead: a path of the own site, or "" for mere words."""

    words: str
    href: str = ""


def parts_of(text: str) -> Iterator[Part]:
    """A text in parts: its links, written as `[words](/path)`, and what stands between them."""
    end = 0
    for found in _LINK.finditer(text):
        if not is_path_of_origin(found[2]):
            continue
        if found.start() > end:
            yield Part(text[end : found.start()])
        yield Part(found[1], found[2])
        end = found.end()
    if end < len(text):
        yield Part(text[end:])


def problem_of(text: object) -> str:
    """What is wrong with a text; "" if nothing is."""
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        return said("must be text of 1 to {most} characters", most=LONGEST)
    try:
        text.encode()
    except UnicodeEncodeError:
        return said("must be text that can be written as UTF-8")
    for words, target in _LINK.findall(text):
        if not is_path_of_origin(target):
            return said(
                "has a link that leads to {target}: write a path of this site, like {example}",
                target=repr(target[:60]),
                example=f"[{words[:30]}](/tickets)",
            )
    if "](" in _LINK.sub("", text):
        return said(
            "has a link that cannot be read: write it like {example}",
            example=f"[{said('other dates')}](/tickets/dates)",
        )
    return ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message in full."""

    text: str
    #: The language of `text`; "": nobody has said.
    language: str = ""
    #: The same in other languages.
    others: tuple[tuple[str, str], ...] = ()
    severity: str = "info"
    #: Seconds since 1970, or None: pages show no time.
    at: float | None = None
    #: Whether the text is words alone, in which brackets are brackets: that of `message`.
    is_literal: bool = False

    @property
    def message(self) -> str:
        """The plain words, for those who read no more than these."""
        return "".join(part.words for part in self._parts(self.text))

    @property
    def is_plain(self) -> bool:
        """Whether the plain words say it all."""
        alone = not self.others and not self.language and self.severity == "info"
        return alone and self.at is None and self.message == self.text

    def _parts(self, text: str) -> Iterator[Part]:
        return iter([Part(text)]) if self.is_literal else parts_of(text)

    @property
    def id(self) -> str:
        """Another one for each message, so that a page knows when to ask for it."""
        return f"{crc32(json.dumps(self.as_stored(), sort_keys=True).encode()):08x}"

    @property
    def shown_id(self) -> str:
        """The same for pages and programs; "" if the plain words say it all."""
        return "" if self.is_plain else self.id

    def as_stored(self) -> dict[str, Any]:
        """As a store keeps it, and the control API takes it."""
        told = {
            "text": self.text,
            "language": self.language,
            "texts": dict(self.others),
            "severity": self.severity,
            "at": self.at,
        }
        return {name: value for name, value in told.items() if value not in ("", {}, None)}

    def told_in(self, code: str) -> tuple[str, str]:
        """The language and the text for somebody whose page is in this language."""
        known = {self.language.lower(): (self.language, self.text)} if self.language else {}
        known |= {name.lower(): (name, text) for name, text in self.others}
        tag = code.lower()
        while tag:
            if tag in known:
                return known[tag]
            tag = tag.rpartition("-")[0]
        alike = f"{code.lower().partition('-')[0]}-"
        near = (found for name, found in known.items() if name.startswith(alike))
        return next(near, (self.language, self.text))

    def as_html(self, code: str) -> str:
        """What stands on the page in this language. A script shows the time in the visitor's own
        zone, where there is one."""
        if self.is_plain:
            return str(escape(self.text))
        language, text = self.told_in(code)
        lang = f' lang="{escape(language)}"' if language else ""
        classes = "" if self.severity == "info" else f" class={self.severity}"
        time = f"{_time(self.at)} " if self.at is not None else ""
        body = "".join(_html(part) for part in self._parts(text))
        mark = f" dir={direction(language)} data-id={self.id}"
        return f"<span{lang}{mark}{classes}>{time}{body}</span>"

    def as_json(self, code: str) -> dict[str, Any]:
        """The same for programs: texts and links apart."""
        language, text = self.told_in(code)
        parts = [
            {"text": words, "href": href} if href else {"text": words}
            for words, href in self._parts(text)
        ]
        return {
            "message": "".join(part["text"] for part in parts),
            "message_id": self.shown_id,
            "language": language,
            "direction": direction(language),
            "severity": self.severity,
            "at": self.at,
            "parts": parts,
            "languages": [name for name in (self.language, *dict(self.others)) if name],
        }


#: The same where there is no message.
NO_MESSAGE: Mapping[str, Any] = {
    **{"message": "", "message_id": "", "language": "", "direction": "auto"},
    **{"severity": SEVERITIES[0], "at": None, "parts": [], "languages": []},
}


def direction(language: str) -> str:
    """The value of `dir` for a text."""
    if not language:
        return "auto"
    return "rtl" if language.lower().partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def _html(part: Part) -> str:
    words = str(escape(part.words))
    # In a tab of its own: the page that waits stays open.
    return f'<a href="{escape(part.href)}" target=_blank>{words}</a>' if part.href else words


def _time(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    # Its language is the page's: it must not decide the direction of the message's.
    return f"<time dir=auto datetime={moment:%Y-%m-%dT%H:%MZ}>{moment:%H:%M} UTC</time>"


# ---- as it is given, and as a store keeps it

_EXAMPLE = '{"text": "Row 3 is sold out", "texts": {"de": "…"}}'


def checked(value: object) -> Announcement:
    """The message that an operator or the configuration gives. Raises ValueError: the error's text
    ends a sentence that begins with what was given."""
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, Mapping):
        raise wrong("must be like {example}", example=_EXAMPLE)
    problems = [
        said("{name} is not one of {names}", name=name, names=", ".join(FIELDS))
        for name in value
        if name not in FIELDS
    ]
    texts = value.get("texts", {})
    if not isinstance(texts, Mapping):
        problem = said("must be like {example}", example='{"de": "Reihe 3 ist ausverkauft"}')
        texts, problems = {}, [*problems, f"texts {problem}"]
    problems += _problems_of_texts(value.get("text"), texts)
    language = value.get("language", "")
    problems += _problems_of_languages(language, texts)
    severity, at = value.get("severity", SEVERITIES[0]), value.get("at")
    if severity not in SEVERITIES:
        problems.append(said("severity must be one of {names}", names=", ".join(SEVERITIES)))
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        problems.append(said("at must be a time in seconds since 1970, or null"))
    elif at is not None and not 0 <= at <= 1e11:
        problems.append(said("at must be in seconds since 1970"))
    if problems:
        raise wrong("is wrong: {problems}", problems="; ".join(problems))
    lines = {name: _lines(text) for name, text in texts.items()}
    return Announcement(
        _lines(value["text"]),
        str(language),
        tuple(sorted(lines.items())),
        str(severity),
        None if at is None else float(at),
    )


def _problems_of_texts(text: object, texts: Mapping[object, object]) -> Iterator[str]:
    if problem := problem_of(text):
        yield f"text {problem}"
    for name, other in texts.items():
        if problem := problem_of(other):
            yield f"texts.{name} {problem}"
    together = sum(len(each) for each in (text, *texts.values()) if isinstance(each, str))
    if together > LONGEST_TOGETHER:
        yield said(
            "all texts together have {n} characters, more than {most}",
            n=f"{together:,}",
            most=f"{LONGEST_TOGETHER:,}",
        )


def _problems_of_languages(language: object, texts: Mapping[object, object]) -> Iterator[str]:
    for name in (*([language] if language != "" else []), *texts):
        if not isinstance(name, str) or not TAG.fullmatch(name):
            yield said(
                "{name} is no language: write a tag like de or pt-BR", name=repr(str(name)[:40])
            )
    lowered = [str(name).lower() for name in (language, *texts)]
    if len({*lowered}) < len(lowered):
        yield said("each language can have one text: language says which one `text` is in")
    if len(texts) > OTHERS_MOST:
        yield said("there are more than {most} other languages", most=OTHERS_MOST)


def _lines(text: str) -> str:
    """Forms end lines with two characters; in a page they count as one."""
    return text.replace("\r\n", "\n")


def announced(rules: Mapping[str, Any]) -> Announcement | None:
    """The message that is in force by a room's rules; None if there is none. What a store keeps
    is never doubted so far that a page would fail: then the plain words count."""
    message = rules.get("message")
    if not message:
        return None
    kept = rules.get("announcement")
    if not kept:
        return Announcement(str(message), is_literal=True)
    return _in_full(str(message), json.dumps(kept, sort_keys=True))


@lru_cache(maxsize=256)
def _in_full(message: str, kept: str) -> Announcement:
    plainly = Announcement(message, is_literal=True)
    try:
        found = checked(json.loads(kept))
    except ValueError:
        return plainly
    return found if found.message == message else plainly
