"""The papers that one visitor has brought: tickets and access tokens, found and read once a visit.

Papers of a lost room. When a store has lost its data, the people of the old line join a new line as
newcomers, and their new tickets would replace the old ones. So the old ones are kept beside them,
in cookies of their own, and are good again as soon as an operator restores the room.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.line.messages import Place
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.http import Cookie, Request

Paper = TypeVar("Paper", Ticket, AccessToken)


class _Found(Generic[Paper]):
    """What came as cookies of one kind: the texts as they are, and those that are genuine."""

    __slots__ = ("_kept_texts", "_read", "_texts", "genuine", "kept")

    def __init__(
        self, read: Callable[[str], Paper | None], texts: list[str], kept_texts: list[str]
    ) -> None:
        self._read: Callable[[str], Paper | None] = read
        self._texts, self._kept_texts = texts, kept_texts
        self.genuine: list[Paper] = [paper for text in texts if (paper := read(text)) is not None]
        self.kept: list[Paper] = [paper for text in kept_texts if (paper := read(text)) is not None]

    def to_keep(self, is_strange: Callable[[Paper], bool]) -> str | None:
        """The text of the cookie to keep from now on; "" if none is needed any more, and None if
        nothing changes. A paper is kept if it would be replaced, and is of a lost room."""
        strange = [text for text in self._texts if self._is(is_strange, text)]
        if strange:
            return None if strange[0] in self._kept_texts else strange[0]
        if self._kept_texts and not any(self._is(is_strange, text) for text in self._kept_texts):
            return ""
        return None

    def _is(self, is_strange: Callable[[Paper], bool], text: str) -> bool:
        paper = self._read(text)
        return paper is not None and is_strange(paper)


class VisitorPapers:
    """The papers of one visit to a room.

    What came is read once. Which of several counts is judged at each question, since the store may
    have said more of them meanwhile.
    """

    __slots__ = (
        *("_has_kept", "_request", "_papers", "_tickets", "_tokens", "_tokens_given"),
        *("came_in_headers", "given"),
    )

    def __init__(self, papers: Papers, request: Request) -> None:
        self._papers: Papers = papers
        self._request: Request = request
        header = request.header
        #: What a program sends as a ticket, be it one or not. Then no cookie counts as one.
        self.given = header("vwr-ticket")
        # A token comes in our header, or as a bearer token among which are those of the app.
        cookies, token_text = header("cookie"), header("vwr-token")
        if not token_text and (authorization := header("authorization")):
            token_text = papers.tokens.bearer(authorization) or ""
        token = papers.tokens.read(token_text) if token_text else None
        self._tokens_given = [] if token is None else [token]
        #: Whether they came as a program sends them, and so must be answered in headers too.
        self.came_in_headers = bool(self.given or token_text)
        texts = papers.paper_cookies.texts_in(cookies)
        self._has_kept = bool(texts.kept_ticket or texts.kept_token)
        self._tickets: _Found[Ticket] = _Found(papers.tickets.read, texts.ticket, texts.kept_ticket)
        self._tokens: _Found[AccessToken] = _Found(
            papers.tokens.read, texts.token, texts.kept_token
        )

    # The ticket.

    def ticket(self) -> Ticket | None:
        """The ticket: the header's, or the best of all genuine ones among the cookies.

        The best is of the latest generation and, in that, of the lowest position. A subdomain can
        set a second cookie of this name. So a genuine ticket must not be hidden by a forged one, or
        by one that is known to be worth nothing any more, or nothing in this network.
        """
        if self.given:
            given = self._papers.tickets.read(self.given)
            return None if given is None else self._papers.as_drawn(given)
        found = [self._papers.as_drawn(ticket) for ticket in self._tickets.genuine]
        best = min(found, key=self._rank) if len(found) > 1 else next(iter(found), None)
        if best is not None and not self._papers.is_foreign(best):
            return best
        kept = self._restored(self._tickets.kept)
        return best if kept is None else self._papers.as_drawn(kept)

    def is_of_before(self, ticket: Ticket) -> bool:
        """Whether this ticket came as one from before the draw, so that a new one is due."""
        return (
            bool(ticket.number)
            and not self.given
            and not self.is_kept(ticket)
            and not any(read.generation == ticket.generation for read in self._tickets.genuine)
        )

    def instead_of(self, ticket: Ticket) -> Ticket | None:
        """Note that a ticket is worth nothing. Returns another one of the same line, or None."""
        self._papers.note_lost(self.place(ticket))
        other = self.ticket()
        if other is None or self._papers.is_lost(other, self.place(other)):
            return None
        is_of_line = (other.room_id, other.generation) == (ticket.room_id, ticket.generation)
        return other if is_of_line else None

    def _rank(self, ticket: Ticket) -> tuple[bool, int, int, int]:
        is_lost = self._papers.is_lost(ticket, self.place(ticket))
        return is_lost, -ticket.generation, ticket.position, -ticket.device

    def place(self, paper: Ticket | AccessToken) -> Place:
        """The place of a ticket or token, with the marks of the network of this visit."""
        place = paper.place
        place.marks = self.marks
        return place

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of the network from which this visit comes; none if nothing is bound."""
        return self._papers.marks_of(self._request) if self._papers.bind else ()

    # The access token.

    def token(self) -> AccessToken | None:
        """The access token: the header's, or the best of all genuine ones among the cookies.

        A header without a token of this room counts as absent: scripts may send it everywhere, and
        a visitor who is recognised by the cookies passes without a look at headers.

        The best is of a session that is not known to have ended and, of those, lasts longest. A
        token that is bound to another network is as good as none, unless its session has ended.
        """
        given = self._tokens_given
        found = [token for token in given or self._tokens.genuine if self._counts(token)]
        best = max(found, key=self._worth) if len(found) > 1 else next(iter(found), None)
        if given or (best is not None and not self._papers.is_foreign(best)):
            return best
        kept = self._restored(self._tokens.kept)
        return kept if kept is not None and self._counts(kept) else best

    def token_bound_elsewhere(self) -> AccessToken | None:
        """The best token that is bound to another network, if its session may be running."""
        if not self._papers.bind:
            return None
        tokens = list(self._tokens_given or self._tokens.genuine)
        kept = None if self._tokens_given else self._restored(self._tokens.kept)
        found = filter(self._is_bound_elsewhere, tokens if kept is None else [*tokens, kept])
        return max(filter(self._papers.is_alive, found), key=self._worth, default=None)

    def _is_bound_elsewhere(self, token: AccessToken) -> bool:
        return self._papers.is_bound_elsewhere(self._request, token)

    def _counts(self, token: AccessToken) -> bool:
        return not self._is_bound_elsewhere(token) or self._papers.has_ended(token)

    def _worth(self, token: AccessToken) -> tuple[bool, int]:
        return self._papers.is_alive(token), token.expires_at

    # What is kept of a lost room.

    def is_kept(self, ticket: Ticket) -> bool:
        """Whether this ticket came only as the kept cookie, and must be set again."""
        if self.given or not self._tickets.kept:
            return False
        genuine = (self._papers.as_drawn(read) for read in self._tickets.genuine)
        return ticket not in genuine

    def strange_tickets(self) -> list[Ticket]:
        """Tickets of rooms that the store does not hold, which the kept ticket replaces."""
        return [ticket for ticket in self._tickets.genuine if self._papers.is_strange(ticket)]

    def kept_beside(self, is_https: bool) -> tuple[Cookie, ...]:
        """The cookies to set whenever a ticket or token is set or removed."""
        paper_cookies, is_strange = self._papers.paper_cookies, self._papers.is_strange
        ticket, token = self._tickets.to_keep(is_strange), self._tokens.to_keep(is_strange)
        cookies = () if ticket is None else (paper_cookies.kept_ticket(ticket, is_https),)
        return cookies if token is None else (*cookies, paper_cookies.kept_token(token, is_https))

    def kept_removed(self, is_https: bool) -> tuple[Cookie, ...]:
        """The cookies that remove both, if the visitor, who gives up everything, has one."""
        paper_cookies = self._papers.paper_cookies
        if not self._has_kept:
            return ()
        return paper_cookies.kept_ticket("", is_https), paper_cookies.kept_token("", is_https)

    def _restored(self, kept: list[Paper]) -> Paper | None:
        """The kept paper that is of the room which the store holds."""
        return next((paper for paper in kept if self._papers.is_ours(paper)), None)
