"""A measured body under WSGI, as apps take it in hand."""

import copy
import io
from types import SimpleNamespace
from typing import Any

from vwr_middleware.wsgi.incoming import Incoming


def test_a_body_that_is_measured_can_be_copied_with_its_request() -> None:
    gate = SimpleNamespace(waits=lambda session: None, goes_on=lambda session: None)
    session: Any = SimpleNamespace(gate=gate)
    copied = copy.deepcopy(Incoming(session, io.BytesIO(b"seat=7")))
    assert copied.read() == b"seat=7"
