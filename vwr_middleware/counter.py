"""What the gate of one room works with: its settings, its desk, its papers, its replies."""

from dataclasses import dataclass

from vwr_middleware.desk import Desk
from vwr_middleware.http import Pass, Reply
from vwr_middleware.line.answers import Turn
from vwr_middleware.replies import Replies
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.standing import Standing
from vwr_middleware.tickets import Ticket
from vwr_middleware.tokens import AccessToken
from vwr_middleware.visit import Visit
from vwr_middleware.visitor import Papers
from vwr_middleware.worker import RoomView

#: Seconds until somebody asks again where nothing better is known.
RETRY = 5.0


@dataclass(slots=True)
class Counter:
    """The tools of one room's gate."""

    settings: Settings
    room: RoomSettings
    desk: Desk
    view: RoomView
    papers: Papers
    replies: Replies

    def mint(self, turn: Turn) -> tuple[AccessToken, str]:
        """The access token of a session, and its text."""
        token = AccessToken(
            turn.room_id,
            turn.generation,
            turn.position,
            int(turn.now),
            int(turn.expires_at),
            turn.first,
        )
        return token, self.papers.tokens.mint(token)

    def ticket_of(self, turn: Turn) -> Ticket:
        """The ticket of somebody who just joined."""
        self.view.note_genuine(turn.generation, turn.position)
        return Ticket(turn.room_id, turn.generation, turn.position, int(turn.now))

    def store_down(self, visit: Visit, ticket: Ticket | None = None) -> Pass | Reply:
        """What a visitor without a session gets while the store is away.

        Whoever has a place keeps it: to admit the whole line would be the spike itself.
        """
        if self.settings.on_store_error == "admit" and ticket is None:
            return Pass()
        position = ticket.position if ticket else None
        you = "waiting" if ticket else "none"
        return self.replies.standing(
            visit, Standing(you, position, retry_after=RETRY, store_down=True)
        )
