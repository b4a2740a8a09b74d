"""What settings tell that cannot work."""

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings

KEY = "a key that is long enough"


def problems(**given: object) -> tuple[str, ...]:
    """The problems of settings that are good but for what is given."""
    good: dict[str, object] = {"secret_key": KEY, "paths": "/tickets"}
    if "rooms" in given:
        del good["paths"]
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{**good, **given})
    return caught.value.problems
