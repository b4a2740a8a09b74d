"""The rules for Prometheus name metrics that exist, with labels that they have, and are rules."""

import re
import subprocess
from shutil import which
from typing import Any

import pytest
import yaml

from tests.panel.conftest import Open, open_it  # noqa: F401
from tests.support.panel import API_KEY, GIVEN
from tests.support.servers import ROOT

RULES = ROOT / "examples" / "prometheus" / "waiting-rooms.yml"
#: What Prometheus itself makes.
OF_PROMETHEUS = {"up"}
_NOT_METRICS = {"and", "by", "for", "increase", "max", "on", "rate", "sum"}


def test_each_metric_and_label_of_the_rules_exists(open_it: Open) -> None:  # noqa: F811
    door = open_it(max_active=1, **GIVEN)
    door.visit_at(), door.visit_at()
    headers = {"Authorization": f"Bearer {API_KEY}"}
    text = door.visitor().client.get("/vwr-admin/metrics", headers=headers).text
    families = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    labels = set(re.findall(r"[{,](\w+)=", text)) | {"job", "alarm", "severity", "acknowledged"}
    labels |= {"function"}
    rules: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    assert len(rules) > 8
    for rule in rules:
        bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|\((room|worker)\)|"[^"]*"', " ", rule["expr"])
        names = set(re.findall(r"[a-z_]{2,}", bare)) - _NOT_METRICS
        assert names and names <= families | OF_PROMETHEUS, (rule["alert"], names - families)
        told = rule["expr"] + str(rule["annotations"])
        used = set(re.findall(r'(\w+)!?="', rule["expr"])) | set(re.findall(r"labels\.(\w+)", told))
        assert used <= labels, (rule["alert"], used - labels)
        assert rule["annotations"]["summary"] and rule["labels"]["severity"]


@pytest.mark.outside
@pytest.mark.skipif(which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
