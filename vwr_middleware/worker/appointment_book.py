"""Appointments: when those newcomers for whom an overloaded worker has no place are to come again.

They are given in the order of arrival, so many for each second as can join in it. As long as
somebody is expected who has one, nobody joins without. So nobody who comes later overtakes somebody
who was told to come again, but for the seconds to which appointments are rounded, and for those
beyond the latest one, whose moments are drawn.

Whoever comes in vain costs a page, which is nearly half of what a place costs: to refuse somebody
whose appointment has come gains next to nothing, and takes the time in which others could join. So
an appointment is a promise that is kept, and how much there is to do is steered by how close
together new ones are (overload.py). People may also come a moment early.

Where many more come than can join, the first appointments are not for the next seconds: these are
spent on telling all the others.
"""

#: In how many seconds somebody is told to come again, at least and at most.
SOONEST, LATEST = 2.0, 300.0
#: In how many seconds at most if the appointment had come already: a script that brings one again
#: and again, as fast as it can, would put off all others for as long as it likes.
_AGAIN_MOST = 60.0
#: In how many seconds the first is told to come, at most.
_FIRST_AT_MOST = 10.0
#: So many seconds before their appointment people may join all the same: it was rounded, too.
_EARLY = 1.5
#: By what the appointments come faster, at each look, while far fewer join than may, since many
#: have given up, and slower again if not; and how fast they come at most, in seconds of
#: appointments for each second.
_SOONER, _LATER, _FASTEST = 1.005, 0.8, 2.0
#: How fast where hardly anybody brings them: a script that asks for them, and never comes, must
#: not keep everybody else outside for as long as all of its appointments would take.
_FASTEST_ALONE = 32.0
#: The parts of those who may join that are far fewer, and hardly anybody.
_FEW, _HARDLY = 0.4, 0.1


class AppointmentBook:
    """Who is told to come again: in order of arrival, one after the other, as fast as people join.

    All moments are monotonic time. Whose appointment has come is not a matter of the time alone: if
    fewer can join than had been expected, all come later; if many have given up, all come sooner.
    """

    def __init__(self) -> None:
        #: Up to which appointment people may join, and the latest that was given.
        self.reached = self.latest = float("-inf")
        self._first = float("-inf")  # the first since nobody was expected
        self._again = float("-inf")  # the latest moment told to somebody whose appointment had come
        self._speed = 1.0

    @property
    def expects(self) -> bool:
        """Whether somebody who was told to come again may still come."""
        return self.latest > self.reached

    @property
    def is_behind(self) -> bool:
        """Whether somebody has to wait for longer than whoever is told to come again has to."""
        return self.latest - self.reached > SOONEST + _EARLY

    def open(self, now: float) -> None:
        """Begin anew."""
        self.reached = self.latest = now
        self._speed = 1.0

    def has_come(self, appointment: float | None) -> bool:
        """Whether it is the turn of somebody with this appointment, or with none."""
        if appointment is None:
            return not self.expects
        return appointment <= self.reached + _EARLY

    def appoint(self, per_second: float, first_in: float = SOONEST) -> float:
        """The next appointment, if so many can join in a second; the first in so many seconds."""
        if not self.expects:
            self.latest = self._first = self.reached + min(first_in, _FIRST_AT_MOST)
        self.latest = max(self.latest, self.reached + SOONEST) + 1 / per_second
        return self.latest

    def comes_in(self, appointment: float, now: float, per_second: float) -> float:
        """The seconds in which to come again for it.

        Those whose appointment had come, though so many came that there was no place, come first,
        one after the other; all others after them.
        """
        if appointment <= self.reached:
            again = max(self._again, now + SOONEST) + 1 / per_second
            self._again = min(again, now + _AGAIN_MOST)
            return self._again - now
        late = max(0.0, self._again - now)
        seconds = late + (appointment - self.reached) / self._speed
        return min(LATEST, max(SOONEST, seconds))

    def go_on(self, now: float, passed: float, joined: float) -> None:
        """So much time has passed; `joined`: how many have joined, as a part of those who may."""
        if not self.expects:
            self.open(now)
            return
        if self.reached < self._first + SOONEST:
            pass  # nobody was due
        elif self._again > now + SOONEST or joined > _FEW:
            self._speed = max(1.0, self._speed * _LATER)
        else:
            most = _FASTEST_ALONE if joined < _HARDLY else _FASTEST
            self._speed = min(most, self._speed * _SOONER)
        self.reached = min(self.latest, self.reached + passed * self._speed)
