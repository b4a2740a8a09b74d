"""Sessions may be bound to the network where they began: who may use one.

A network is known by its marks (papers/digests.py), one for each secret, so several while secrets
are rotated. The first is written, any is accepted. Without marks nothing is bound.
"""

from collections.abc import Sequence

from vwr_middleware.line.parts import Line


def bind(line: Line, session: str, marks: Sequence[str]) -> None:
    """Bind a session to the network with these marks."""
    if marks:
        line.sessions.bind(session, marks[0])


def may_use(line: Line, session: str, marks: Sequence[str]) -> bool:
    """Whether a session may be used from the network with these marks.

    A session that is not bound yet is bound to this network from now on. It is so if it began
    without a ticket, if the store has lost it, or if sessions were not bound then.
    """
    if not marks:
        return True
    bound_to = line.sessions.bound_to(session)
    if bound_to is not None and bound_to not in marks:
        return False
    if bound_to != marks[0]:  # it may be the mark by an older secret, which will go away
        line.sessions.bind(session, marks[0])
    return True
