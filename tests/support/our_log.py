"""What our log says, without that of the libraries around."""

import pytest


def our_log(caplog: pytest.LogCaptureFixture, words: str = "") -> list[str]:
    """Its lines so far, or those with these words."""
    ours = [one.getMessage() for one in caplog.records if one.name == "vwr_middleware"]
    return [line for line in ours if words in line]
