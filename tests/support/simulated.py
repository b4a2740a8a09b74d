"""What tests ask of a simulated day, besides the figures that the command tells."""

from vwr_middleware.simulate import Result


def most_above_pace(result: Result, per_second: float) -> float:
    """The most admissions in any span of time, less those that the pace allows in that span."""
    most, best = 0.0, float("-inf")
    for count, entry in enumerate(result.entries):
        best = max(best, entry.at * per_second - count)
        most = max(most, count + 1 - entry.at * per_second + best)
    return most


def full_after(result: Result, at: float) -> float:
    """Seconds from a moment until nearly all of the limit is in use."""
    full = (s.at for s in result.samples if s.at >= at and s.active >= 0.95 * s.limit)
    return next(full, float("inf")) - at


def latencies(result: Result, since: float, until: float) -> list[float]:
    """How long each answer took that the simulated app gave in this time."""
    assert result.app is not None
    return [latency for at, latency in result.app.latencies if since <= at < until]
