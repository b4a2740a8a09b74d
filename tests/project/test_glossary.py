"""One word for one thing: names of modules and classes go by the glossary, annotations agree."""

import ast
import re
from collections import defaultdict
from functools import cache
from typing import NamedTuple

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
    "apache api asgi aws cors django drand fastapi flask haproxy http jwt lua openid postgres push"
    " pytest otel qr redis sqlite starlette url wsgi"
)
#: Words of programming and of plain English, which mean here what they mean everywhere.
ORDINARY = listed(
    """
    access action adaptive address admin admitted advance agenda agreement all allowed and answer
    app arrival attempt authentication away back bar base behind bit blocking body book broken
    browser browsing busy buyers cache calendar call came cannot capacity challenge change chart
    check choice chunk clash cli client clock cluster code command completion condition config
    configuration connection constant context contradiction contrast cookie cost count crowd crowded
    damaged data database databases decision decorated
    delivery demo digest direct document done doubled
    drawing drawn drill end ending endpoint entered
    entry error estimate event exchange expiry explain
    explanation extras fact failure fault fetch field figures file filled finding first for forecast
    foreign forgive fork form free function gallery given grant granted guard half hand head header
    histogram history hook host ids in incoming ins inside interval invite invited is its join
    joining journal judgement keep kept key kind knob known language last layer layout leave
    let lifespan light link load
    loadtest local log login logout look looking lookup loss lost made main management manual max
    measured memory message meta meter metric middleware migration milestone minted minute missing
    model models mounted move moved name nature new next not note notifier number observer odd of
    once open opening operation option order origin
    original other out outage outcome outgoing outlook own page
    panel parameters part password past path patience people periodic permission permutation picture
    plan played plugin poll post presence preview prospect proxy public question range reach read
    readings ready reason receiver record refresh
    refusal refused registered reload remembered remote renew
    replay reply report request require reserve reset response restore restoring result right rights
    route routing row rule run running safely safety sales sample scenario schema script seal secret
    sending series set setting setup several shadow shape shared sharing short show shown sign
    signals signature signed signing simulate simulation size slotted small socket solved source
    spacing sparkline spoken staff start startup state static
    steering stock stores subrequest subscribe summary swap
    switch table target task tell template temporarily test text theme thread throttle through times
    to together told tracing type unavailable unclear undoing unreachable unreached unread
    unverified upstream urls use user verified verifier verify
    view vwr wait waiting watch watched web webhook wire
    wish wished with without word wording world wrapped wrong
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


class Sources(NamedTuple):
    """Of all files: the public classes, and what is annotated of the names of ONE_TYPE."""

    classes: list[tuple[str, str]]
    annotated: list[tuple[str, str, str, str]]


# Not when the module is read: every process that shares the tests reads it. And in one go: to read
# all of them takes seconds.
@cache
def sources() -> Sources:
    found = Sources([], [])
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.classes.append((file, node.name))
            elif (name := annotated_name(node)) in ONE_TYPE:
                kind = ast.unparse(node.annotation).strip("'\"")  # type: ignore[attr-defined]
                found.annotated.append((file, f"{file}:{node.lineno}", name, kind))  # type: ignore[attr-defined]
    return found


def annotated_name(node: ast.AST) -> str:
    """The name of an argument, variable or field that is annotated."""
    if isinstance(node, ast.arg) and node.annotation:
        return node.arg
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
        return node.target.attr
    return ""


@cache
def public_names() -> dict[str, set[str]]:
    """The words of all modules, folders and public classes, and where each stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.lua")):
        name = path.relative_to(PACKAGE)
        for part in name.with_suffix("").parts:
            for word in words_of(part.strip("_")):
                found[word].add(name.as_posix())
    for file, name_of_class in sources().classes:
        for word in words_of(name_of_class):
            found[word].add(f"{file}: {name_of_class}")
    return found


EXPLAINED = {
    form
    for entry in ENTRIES
    for word in words_of(entry.replace("-", " "))
    for form in forms_of(word)
}


def is_known(word: str) -> bool:
    return bool(forms_of(word) & (EXPLAINED | ORDINARY | OF_OTHERS)) or word == "init"


def test_every_word_of_a_module_or_class_is_in_the_glossary_or_an_ordinary_one() -> None:
    assert {word: sorted(at) for word, at in public_names().items() if not is_known(word)} == {}


def test_no_private_word_of_the_past_comes_back() -> None:
    assert {word: sorted(at) for word, at in public_names().items() if word in PRIVATE} == {}


def test_no_ordinary_word_is_listed_for_nothing() -> None:
    used = {form for word in public_names() for form in forms_of(word)}
    assert sorted(ORDINARY - used) == []
    assert sorted(PRIVATE & ORDINARY) == []


def test_each_word_of_the_glossary_is_explained_once_in_one_sentence() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", GLOSSARY.read_text(), re.MULTILINE)
    assert 40 <= len(rows) <= 79
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
    ("verify/options.py", "room"): "str",  # `Verifier(room="main")`
    ("verify/verifier.py", "room"): "str",  # the same, and what a session says
    ("worker/devices.py", "place"): "Place | Ticket",  # a ticket says the same of its place
}


def test_a_name_is_of_one_type_wherever_it_is_annotated() -> None:
    found = [
        (where, name, kind)
        for file, where, name, kind in sources().annotated
        if EXCEPTIONS.get((file, name)) != kind
    ]
    assert {name for _, name, _ in found} == set(ONE_TYPE), "nothing is called so any more"
    allowed = {name: (kind, f"{kind} | None") for name, kind in ONE_TYPE.items()}
    assert [each for each in found if each[2] not in allowed[each[1]]] == []
