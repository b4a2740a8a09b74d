"""Requests thought out by Schemathesis, from a document of the provider's endpoints."""

import os
import subprocess
import sys

import pytest

from tests.support.servers import ROOT


@pytest.mark.thorough
def test_the_provider_keeps_to_its_document() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "schemathesis", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/support/openid_document.py"],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},  # meant for the tests around this one
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
