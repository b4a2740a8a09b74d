"""Whether a site is traced by OpenTelemetry, which is read only then."""

from typing import TYPE_CHECKING

from vwr_middleware.settings import Settings

if TYPE_CHECKING:
    from vwr_middleware.panel.otel import Tracing


def tracing_of(settings: Settings) -> "Tracing | None":
    """The tracing of a site, if it has any."""
    if not (settings.otel and settings.enabled):
        return None
    # Imported late: what it needs need not be there.
    from vwr_middleware.panel.otel import Tracing

    return Tracing()
