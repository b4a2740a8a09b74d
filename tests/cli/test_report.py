"""`vwr report`: a page in a language of the panel, and numbers in English."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.support.shell import failed, said


def test_the_page_is_in_the_language_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    page, numbers = tmp_path / "report.html", tmp_path / "report.json"
    said(run("report", "main", "--since", "30d", "--out", str(page), "--lang", "de"))
    assert '<html lang="de"' in page.read_text() and "What went wrong" not in page.read_text()
    said(run("report", "main", "--since", "30d", "--out", str(numbers), "--lang", "de"))
    assert {"people", "draws", "lanes"} <= set(json.loads(numbers.read_text()))
    assert "--lang: 'xx' is no language here: ar, de, en" in failed(
        run("report", "main", "--lang", "xx")
    )
