"""One word for one thing: names of modules and classes go by the glossary, annotations agree."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.support.readme import DOCS
from tests.support.servers import ROOT

PACKAGE = ROOT / "vwr_middleware"
GLOSSARY = DOCS / "glossary.md"
#: The glossary's words, each as it stands in its row.
ENTRIES = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY.read_text(), re.MULTILINE)


def listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What others have named: servers' interfaces, frameworks, products, standards.
OF_OTHERS = listed(
    "api asgi cors django fastapi flask http jwt lua redis sqlite starlette url wsgi"
)
#: Words of programming and of plain English, which mean here what they mean everywhere.
ORDINARY = listed(
    """
    action app authentication base bit blocking body cache call change chart check choice cli client
    cluster code command config configuration connection constant context cookie count data decision
    demo digest endpoint error event extras field file function histogram hook ids interval join
    journal key kind language layer lifespan link load log login lookup main management memory
    message meter metric middleware model name number origin page panel part password path plan poll
    post preview proxy range reason record refresh reply report request response result route row
    rule run sample schema script secret setting setup shared simulate simulation socket source
    start startup state static stores summary table task template text theme throttle type user view
    web width wire word wording

    access adaptive admitted advance agenda allowed and answer arrival attempt back broken browsing
    busy came cannot capacity clash clock contradiction crowd crowded damaged decorated direct end
    ending entered entry estimate expiry explain explanation failure fault filled first for foreign
    forgive fork form free granted guard half hand head header host in incoming ins inside is its
    joining keep kept knob known last leave let looking loss lost made manual max measured milestone
    minted missing move moved nature next not note observer of open opening operation
    other out outgoing own periodic prediction presence prospect reach read readings ready refusal
    refused remembered remote renew reserve reset restore restoring routing safely safety scenario
    seal several sharing short show sign signed signing size slotted small spoken staff steering
    subrequest target tell through to told unavailable unreached unread urls vwr wait waiting watch
    watched wish with without world wrapped wrong

    given new option reload running

    address odd original permission unclear
    """
)
#: Words of the past, which only those knew who had read the code.
PRIVATE = listed(
    """
    bonds bulletin desk doorway goes grants guests guises herald holders jar keepsakes lookout
    losses meetings noted recall sheets shells sightings spreads stays strangers tally
    """
)


def words_of(name: str) -> list[str]:
    """The words of a name, be it written `like_this` or `LikeThis`."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def forms_of(word: str) -> set[str]:
    """A word and what it may be a form of: slots, called, calling, stories."""
    found = {word}
    for ending in ("s", "es", "d", "ed", "ing", "er", "ers"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word.removesuffix(ending)
            found |= {stem, f"{stem}e"}
    return found | ({f"{word.removesuffix('ies')}y"} if word.endswith("ies") else set())


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text())


def public_names() -> dict[str, set[str]]:
    """The words of all modules, folders and public classes, and where each stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.lua")):
        name = path.relative_to(PACKAGE)
        for part in name.with_suffix("").parts:
            for word in words_of(part.strip("_")):
                found[word].add(name.as_posix())
    for file, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for word in words_of(node.name):
                    found[word].add(f"{file}: {node.name}")
    return found


NAMES = public_names()
EXPLAINED = {
    form
    for entry in ENTRIES
    for word in words_of(entry.replace("-", " "))
    for form in forms_of(word)
}


def is_known(word: str) -> bool:
    return bool(forms_of(word) & (EXPLAINED | ORDINARY | OF_OTHERS)) or word == "init"


def test_every_word_of_a_module_or_class_is_in_the_glossary_or_an_ordinary_one() -> None:
    assert {word: sorted(at) for word, at in NAMES.items() if not is_known(word)} == {}


def test_no_private_word_of_the_past_comes_back() -> None:
    assert {word: sorted(at) for word, at in NAMES.items() if word in PRIVATE} == {}


def test_no_ordinary_word_is_listed_for_nothing() -> None:
    used = {form for word in NAMES for form in forms_of(word)}
    assert sorted(ORDINARY - used) == []
    assert sorted(PRIVATE & ORDINARY) == []


def test_each_word_of_the_glossary_is_explained_once_in_one_sentence() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", GLOSSARY.read_text(), re.MULTILINE)
    assert 40 <= len(rows) <= 65
    assert len({word for word, _ in rows}) == len(rows) == len(ENTRIES)
    assert [word for word, told in rows if not told.endswith((".", "…")) or ". " in told] == []


def test_the_fields_own_words_come_first() -> None:
    first = ["room", "visitor", "queue position", "serving counter", "called", "slot", "claim"]
    ours = ENTRIES.index("snapshot")
    assert [ENTRIES.index(word) for word in first] == sorted(ENTRIES.index(word) for word in first)
    assert all(ENTRIES.index(word) < ours for word in (*first, "generation", "inlet strategy"))


#: What a name is annotated as, wherever it is.
ONE_TYPE = {
    "room": "CurrentRoom",
    "snapshot": "Snapshot",
    "room_settings": "RoomSettings",
    "room_name": "str",
    "place": "Place",
    "turn": "Turn",
    "store_access": "StoreAccess",
}
#: Where a name is of another type, since those who use this package know it so, or both serve.
EXCEPTIONS = {
    ("events.py", "room"): "str",  # what `on_event` reads
    ("pages/view.py", "room"): "str",  # what a user's templates show
    ("pages/page_slots.py", "room"): "str",  # the same
    ("simulate/scenario.py", "room"): "RoomSettings",  # `Scenario(room=...)`
    ("worker/devices.py", "place"): "Place | Ticket",  # a ticket says the same of its place
}


def annotated(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """The line, name and type of each argument, variable and field that is annotated."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield node.lineno, node.arg, ast.unparse(node.annotation)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name | ast.Attribute):
            target = node.target
            name = target.id if isinstance(target, ast.Name) else target.attr
            yield node.lineno, name, ast.unparse(node.annotation)


@pytest.mark.parametrize("name", ONE_TYPE)
def test_a_name_is_of_one_type_wherever_it_is_annotated(name: str) -> None:
    found = [
        (f"{file}:{line}", kind.strip("'\""))
        for file, tree in sources()
        for line, told, kind in annotated(tree)
        if told == name and EXCEPTIONS.get((file, name)) != kind
    ]
    assert found, f"nothing is called {name}"
    allowed = (ONE_TYPE[name], f"{ONE_TYPE[name]} | None")
    assert [each for each in found if each[1] not in allowed] == []
