"""The languages of the waiting page: gettext catalogues, and which of them a visitor reads."""

import gettext
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

#: The language of the texts in the templates.
SOURCE = "en"
DOMAIN = "vwr"
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
#: How languages call themselves. A catalogue may add its own by translating LANGUAGE_NAME.
LANGUAGE_NAME = "English"
#: A catalogue translates this number to show how its language groups digits. It has five, since
#: Spanish and some others do not group four.
SAMPLE_NUMBER = "12,345"
#: Other codes that some phones send: Hebrew's of before 1989, and Cantonese's, read as Chinese.
ALSO_KNOWN_AS = {"iw": "he", "yue": "zh-yue"}

log = logging.getLogger("vwr_middleware")

#: A catalogue's name in gettext: a language tag of browsers, without a character set or variant.
_CATALOGUE = re.compile(
    r"([a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-[a-z0-9]{5,8})?)(?:[.@].*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Language:
    """One catalogue."""

    code: str
    translations: gettext.NullTranslations

    @property
    def name(self) -> str:
        """How the language calls itself."""
        return self.gettext(LANGUAGE_NAME)

    @property
    def direction(self) -> str:
        """The value of the page's `dir`."""
        return "rtl" if self.code.partition("-")[0] in RIGHT_TO_LEFT else "ltr"

    @property
    def separator(self) -> str:
        """The separator between groups of three digits."""
        return self.gettext(SAMPLE_NUMBER).strip("0123456789")

    def gettext(self, text: str) -> str:
        """The text in this language, or as it is."""
        return self.translations.gettext(text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The form of the text that goes with a number."""
        return self.translations.ngettext(one, many, n)

    def forms(self, one: str, many: str, lowest: int = 1) -> dict[int, str]:
        """Every plural form, by the lowest number from `lowest` on that takes it.

        A browser knows the plural category of each number, but not gettext's numbers of the forms.
        From these samples it learns which form is for which category.
        """
        index = getattr(self.translations, "plural", lambda n: int(n != 1))
        found: dict[int, int] = {}
        for n in range(lowest, 200):
            found.setdefault(index(n), n)
        return {n: self.ngettext(one, many, n) for n in found.values()}


class Languages:
    """All catalogues: ours, and those in `locale/<code>/LC_MESSAGES/vwr.mo` of a user's folders.
    Another `domain` is another set of texts: the panel has its own, so that none of them is read
    where there is no panel."""

    def __init__(self, folders: Sequence[str | Path] = (), domain: str = DOMAIN) -> None:
        self._all = {SOURCE: Language(SOURCE, gettext.NullTranslations())}
        self._all.update((found.code, found) for found in _ours(domain))
        for folder in folders:
            theirs = _catalogues(Path(folder) / "locale", domain)
            self._all.update((found.code, found) for found in theirs)
        # A cache for each object, so that it is freed together with its site.
        self._best: Callable[[str], str] = lru_cache(maxsize=1024)(self._negotiate)

    def __getitem__(self, code: str) -> Language:
        return self._all[code]

    def __iter__(self) -> Iterator[Language]:
        return iter(sorted(self._all.values(), key=lambda language: language.code))

    def best(self, accept_language: str, chosen: str = "") -> str:
        """The code of the language to answer in."""
        return chosen if chosen in self._all else self._best(accept_language[:1024])

    def _negotiate(self, accept_language: str) -> str:
        for wanted, quality in parse_accept_header(accept_language, LanguageAccept):
            code = self._known(wanted) if quality > 0 else None
            if code:
                return code
        return SOURCE

    def _known(self, wanted: str) -> str | None:
        """The catalogue for a language tag, shortened until one is found."""
        by_lower = {code.lower(): code for code in self._all}
        first, *more = wanted.replace("_", "-").lower().split("-")
        if first not in by_lower:
            first = ALSO_KNOWN_AS.get(first, first)
        tag = _chinese("-".join((first, *more)))
        while tag:
            if tag in by_lower:
                return by_lower[tag]
            tag = tag.rpartition("-")[0]
        return None


def _chinese(tag: str) -> str:
    """A Chinese tag by its script, which the catalogues go by; browsers name the region."""
    first, *parts = tag.split("-")
    if first != "zh" or parts[:1] in (["hans"], ["hant"]):
        return tag
    if {"hans", "cn"} & set(parts):
        return "zh-hans"
    return "zh-hant" if {"hant", "tw", "hk", "mo", "yue"} & set(parts) else "zh-hans"


@cache
def _ours(domain: str) -> tuple[Language, ...]:
    """Our own catalogues, read once for all sites of a process."""
    return tuple(_catalogues(files("vwr_middleware") / "locale", domain))


def _catalogues(root: Traversable | Path, domain: str) -> Iterator[Language]:
    if not root.is_dir():
        return
    for folder in root.iterdir():
        catalogue = folder / "LC_MESSAGES" / f"{domain}.mo"
        if not catalogue.is_file():
            continue
        found = _CATALOGUE.fullmatch(folder.name.replace("_", "-"))
        if found is None:  # it would stop the page's script
            log.warning("%s is not a language tag, so its catalogue is ignored", folder.name)
            continue
        with catalogue.open("rb") as file:
            translations = gettext.GNUTranslations(file)
        yield Language(found[1], translations)
