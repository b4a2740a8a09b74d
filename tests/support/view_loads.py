"""What the adaptive strategy hears of a view with a room of its own, whatever the framework."""

from collections.abc import Callable

from tests.support.clock import Clock
from tests.support.views import site_of_views
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.line.messages import Load
from vwr_middleware.site.routing import Site


def site_with_a_measured_view(clock: Clock) -> Site:
    """A site with a room for decorated views, which is measured, and one for paths."""
    return site_of_views(clock, inlet=Adaptive(target=0.5, ceiling=50))


def load_of(site: Site, clock: Clock, visit: Callable[[str], object]) -> Load:
    """What is measured of a visit, once the worker has heard that it is to measure. `visit` is
    given a query, with which the view takes its time."""
    visit("")
    clock.pass_by(1.1)
    for _ in range(3):
        visit("")
    meter = site.store_access.views["buy"].meter
    assert meter is not None
    meter.hand_in(clock())
    visit("slowly=1")
    return meter.hand_in(clock())
