"""Sessions that are bound to the network where they began: who may use one.

Networks are known by their marks (see papers/marks.py), several for one network while secrets are
rotated: the first is written, any is good. Without marks nothing is bound.
"""

from collections.abc import Sequence

from vwr_middleware.line.parts import Line


def bind(line: Line, session: str, marks: Sequence[str]) -> None:
    """Bind a session to the network with these marks."""
    if marks:
        line.sessions.bind(session, marks[0])


def may_use(line: Line, session: str, marks: Sequence[str]) -> bool:
    """Whether a session may be used from the network with these marks.

    If it is bound to none yet (it began without a ticket, the store has lost it, or sessions were
    not bound then), it is bound to this one from now on.
    """
    if not marks:
        return True
    bound_to = line.sessions.bound_to(session)
    if bound_to is not None and bound_to not in marks:
        return False
    if bound_to != marks[0]:  # the mark by an older secret is good as long as that is known
        line.sessions.bind(session, marks[0])
    return True
