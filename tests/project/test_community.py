"""What a public project needs is there and true: policies, the threat model, workflows, reports."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.readme import DOCS
from tests.support.servers import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
OF_COMMUNITY = ("SECURITY.md", "CODE_OF_CONDUCT.md", "GOVERNANCE.md", "CITATION.cff")
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
#: What a job may run besides: it sets up what is needed, or hands the result on.
SETTING_UP = ('python -m pip install "nox[uv]"', "rm dist/sbom.cdx.json", "gh release create")


@cache
def names_of_tests() -> frozenset[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    found = (re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.M) for path in files)
    return frozenset(name for names in found for name in names)


@pytest.mark.parametrize("document", ["threat-model.md", "stability.md"])
def test_every_test_that_is_named_as_proof_is_there(document: str) -> None:
    text = (DOCS / document).read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    assert named - names_of_tests() == set()
    files = set(re.findall(r"`(tests/[\w/.]+)`", text))
    assert [path for path in sorted(files) if not (ROOT / path).exists()] == []


def test_every_defence_of_the_threat_model_names_a_test() -> None:
    _, _, rest = (DOCS / "threat-model.md").read_text().partition("## What stops what")
    rows = [line for line in rest.splitlines() if line.startswith("| ")]
    defences = [row for row in rows if not row.startswith("| Attack |")]
    assert len(defences) > 20
    assert [row for row in defences if "`test_" not in row] == []


def test_the_report_of_accessibility_has_each_criterion_of_a_and_aa_once() -> None:
    text = (DOCS / "accessibility-report.md").read_text()
    rows = re.findall(r"^\| (\d\.\d\.\d+) [^|]+ \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    numbers = [number for number, _, _ in rows]
    assert len(numbers) == len(set(numbers)) == 31 + 24, "those of WCAG 2.2"
    words = {"Supports", "Partially supports", "Not applicable"}
    assert {conformance for _, conformance, _ in rows} <= words


def test_nobody_is_told_an_address_by_e_mail() -> None:
    for name in OF_COMMUNITY:
        assert not re.search(r"[\w.]+@[\w.]+\.\w", (ROOT / name).read_text()), name


@pytest.mark.parametrize("path", [ROOT / name for name in OF_COMMUNITY[:3]], ids=lambda p: p.name)
def test_every_link_of_the_policies_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def steps() -> list[dict[str, Any]]:
    jobs = [job for path in WORKFLOWS for job in yaml.safe_load(path.read_text())["jobs"].values()]
    return [step for job in jobs for step in job["steps"]]


def test_each_job_runs_what_people_run() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    sessions = set(re.findall(r"^def ([a-z]+)\(session", (ROOT / "noxfile.py").read_text(), re.M))
    commands = [line for step in steps() for line in step.get("run", "").splitlines()]
    assert ".ci/run" in commands and "make test" in commands
    for command in commands:
        made = re.fullmatch(r'make ([a-z-]+)(?: ARGS="?[^"]+"?)?', command)
        session = re.fullmatch(r"nox -s ([a-z]+)-\$\{\{ matrix\.python \}\}", command)
        known = command == ".ci/run" or command.startswith(SETTING_UP)
        assert (made and made[1] in targets) or (session and session[1] in sessions) or known, (
            command
        )


def test_each_action_is_pinned_to_a_commit_and_tells_its_version() -> None:
    lines = [
        line for path in WORKFLOWS for line in path.read_text().splitlines() if "uses:" in line
    ]
    assert len(lines) > 10
    loose = [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]
    assert loose == []


def test_templates_and_configuration_can_be_read() -> None:
    extra = (
        ROOT / ".github/dependabot.yml",
        ROOT / ".pre-commit-config.yaml",
        ROOT / "CITATION.cff",
    )
    for path in (*TEMPLATES, *extra):
        assert yaml.safe_load(path.read_text()), path
    assert len(TEMPLATES) >= 3


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    if not zizmor.exists() and "CI" not in os.environ:
        pytest.skip("zizmor is not installed: make check")
    command = [str(zizmor), "--offline", "--quiet", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
