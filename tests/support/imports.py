"""What a module imports and which names it uses, read from its source."""

import ast
from collections.abc import Iterator
from functools import cache


def imported(source: str) -> set[str]:
    """The dotted names of everything that is imported, also inside functions."""
    return {name for node in ast.walk(_tree(source)) for _, name in _bindings(node)}


def needed(source: str) -> set[str]:
    """The same without what only a type checker reads."""
    tree = _tree(source)
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    told = {
        inner
        for block in blocks
        if _chain(block.test)[-1:] == ["TYPE_CHECKING"]
        for statement in block.body
        for inner in ast.walk(statement)
    }
    return {name for node in ast.walk(tree) if node not in told for _, name in _bindings(node)}


def used(source: str) -> set[str]:
    """The dotted names of all that is used of what is imported: `datetime.date.today`."""
    tree = _tree(source)
    known = dict(binding for node in ast.walk(tree) for binding in _bindings(node))
    chains = (_chain(node) for node in ast.walk(tree))
    named = (chain for chain in chains if chain and chain[0] in known)
    return {".".join((known[first], *rest)) for first, *rest in named}


@cache
def _tree(source: str) -> ast.Module:
    """Each file is asked for several things."""
    return ast.parse(source)


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
