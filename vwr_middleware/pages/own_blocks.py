"""Blocks of a user's own templates that no page shows: the extended template lacks them."""

from collections.abc import Iterator

from jinja2 import Environment, nodes

#: A file, and the parsed template in it.
Written = tuple[str, nodes.Template]


def lost_blocks(environment: Environment, name: str) -> list[str]:
    """A sentence for each such block in this template and in those that it extends."""
    try:
        chain = _chain(environment, name)
    except Exception:  # reported already, when it was tried
        return []
    found = []
    for at, (file, written) in enumerate(chain, start=1):
        if not chain[at:]:
            break
        known = [block.name for _, above in chain[at:] for block in above.find_all(nodes.Block)]
        there_are = ", ".join(dict.fromkeys(known)) or "none"
        found += [
            f"{file}, line {block.lineno}: block {block.name} is never shown:"
            f" the template that it extends has these blocks: {there_are}"
            for block in _not_in(written, known)
        ]
    return found


def _chain(environment: Environment, name: str) -> list[Written]:
    """The template, the one that it extends, and so on; [] if a name is not a constant."""
    chain: list[Written] = []
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        assert environment.loader is not None
        source, file, _ = environment.loader.get_source(environment, name)
        written = environment.parse(source, name, file)
        chain.append((file or name, written))
        extends = written.find(nodes.Extends)
        if extends is None:
            break
        if not isinstance(extends.template, nodes.Const):
            return []  # its blocks cannot be known before it is rendered
        name = extends.template.value
    return chain


def _not_in(node: nodes.Node, known: list[str]) -> Iterator[nodes.Block]:
    """Blocks whose names are not known. What lies inside a known block is shown, and not listed."""
    for child in node.iter_child_nodes():
        if not isinstance(child, nodes.Block):
            yield from _not_in(child, known)
        elif child.name not in known:
            yield child
