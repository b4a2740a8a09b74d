"""What a module imports and which names it uses, read from its source."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


def imported(source: str) -> set[str]:
    """The dotted names of everything that is imported, also inside functions."""
    return set(_read(source).imported)


def needed(source: str) -> set[str]:
    """The same without what only a type checker reads."""
    return set(_read(source).needed)


def used(source: str) -> set[str]:
    """The dotted names of all that is used of what is imported: `datetime.date.today`."""
    return set(_read(source).used)


class _Read(NamedTuple):
    imported: frozenset[str]
    needed: frozenset[str]
    used: frozenset[str]


@cache
def _read(source: str) -> _Read:
    """Each file is asked for several things, so it is gone through once. Its tree is not kept: all
    of them together would be gone through by each search for garbage."""
    known: dict[str, str] = {}
    imports: list[ast.AST] = []
    told: set[ast.AST] = set()  # what only a type checker reads
    chains: list[list[str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name | ast.Attribute):
            chains.append(_chain(node))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
            known.update(_bindings(node))
        elif isinstance(node, ast.If) and _chain(node.test)[-1:] == ["TYPE_CHECKING"]:
            told.update(inner for statement in node.body for inner in ast.walk(statement))
    names = {node: [name for _, name in _bindings(node)] for node in imports}
    return _Read(
        frozenset(name for each in names.values() for name in each),
        frozenset(name for node, each in names.items() if node not in told for name in each),
        frozenset(".".join((known[c[0]], *c[1:])) for c in chains if c and c[0] in known),
    )


def _bindings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The local name and the dotted name of each thing that a statement imports."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, alias.name) if alias.asname else (alias.name, alias.name)
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _chain(node: ast.AST) -> list[str]:
    """`a.b.c` as a list, or nothing where the left end is no plain name."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        left = _chain(node.value)
        return [*left, node.attr] if left else []
    return []
