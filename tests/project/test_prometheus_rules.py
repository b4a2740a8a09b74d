"""The rules for Prometheus name metrics that exist, with labels that they have, and alert when they
should."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
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


@dataclass(frozen=True)
class Alert:
    """What makes an alert fire, what does not, and what it says of itself then."""

    series: dict[str, str]
    calm: dict[str, str]  # in place of those
    labels: dict[str, str]
    value: str = ""


WORKER, ROOM = {"worker": "a"}, {"room": "main"}
PAUSED = 'alarm="paused",room="main",severity="warning"'
#: Values are a minute apart.
ALERTS = {
    "Gone": Alert(
        {'up{job="waiting-rooms"}': "0x60"}, {'up{job="waiting-rooms"}': "1x60"},
        {"job": "waiting-rooms"},
    ),
    "Alarm": Alert(
        {f'vwr_alarm{{{PAUSED},acknowledged="no"}}': "1x60"},
        {f'vwr_alarm{{{PAUSED},acknowledged="yes"}}': "1x60"},
        {**ROOM, "alarm": "paused", "acknowledged": "no"},
    ),
    "StoreDown": Alert(
        {'vwr_store_up{worker="a"}': "0x60"}, {'vwr_store_up{worker="a"}': "1x60"}, WORKER
    ),
    "NobodyEnters": Alert(
        {
            'vwr_room_waiting{room="main"}': "7x60",
            'vwr_room_visitors_total{room="main",outcome="claimed"}': "5x60",
            'vwr_room_state{room="main",state="queueing"}': "1x60",
        },
        {'vwr_room_visitors_total{room="main",outcome="claimed"}': "5+1x60"},
        ROOM, "7",
    ),
    "EstimatesOff": Alert(
        {'vwr_room_estimates_off{room="main"}': "1x60"},
        {'vwr_room_estimates_off{room="main"}': "0x60"}, ROOM,
    ),
    "StoreErrors": Alert(
        {'vwr_store_errors_total{worker="a"}': "0+120x60"},
        {'vwr_store_errors_total{worker="a"}': "0+1x60"}, WORKER,
    ),
    "ForeignPapers": Alert(
        {'vwr_foreign_papers_total{worker="a"}': "0+5x60"},
        {'vwr_foreign_papers_total{worker="a"}': "5x60"}, WORKER,
    ),
    "FunctionFails": Alert(
        {'vwr_function_failures_total{room="main",function="bypass"}': "0+5x60"},
        {'vwr_function_failures_total{room="main",function="bypass"}': "5x60"},
        {**ROOM, "function": "bypass"},
    ),
    "Overload": Alert(
        {'vwr_overload{worker="a"}': "1x60"}, {'vwr_overload{worker="a"}': "0x60"}, WORKER
    ),
    "PasswordsGuessed": Alert(
        {'vwr_sign_ins_total{outcome="wrong"}': "0+5x60"},
        {'vwr_sign_ins_total{outcome="wrong"}': "0+1x60"}, {},
    ),
    "AlarmsUndelivered": Alert(
        {'vwr_alarm_deliveries_total{outcome="failed"}': "0x5 1x60"},
        {'vwr_alarm_deliveries_total{outcome="failed"}': "1x60"}, {"outcome": "failed"},
    ),
}  # fmt: skip


def tried(rule: dict[str, Any], alert: Alert, *, fires: bool) -> dict[str, Any]:
    """A test of one rule, as promtool takes it: half an hour on it fires, or it does not."""
    labels = {"severity": "warning", **alert.labels}

    def filled(text: str) -> str:
        said = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)
        return said.replace("{{ $value }}", alert.value)

    expected = {
        "exp_labels": labels | {name: filled(text) for name, text in rule["labels"].items()},
        "exp_annotations": {name: filled(text) for name, text in rule["annotations"].items()},
    }
    series = alert.series if fires else {**alert.series, **alert.calm}
    if not fires and not series.keys() <= alert.series.keys():
        series = alert.calm  # another label, and not another value
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": of} for name, of in series.items()],
        "alert_rule_test": [
            {
                "eval_time": "30m",
                "alertname": rule["alert"],
                "exp_alerts": [expected] if fires else [],
            }
        ],
    }


@pytest.mark.outside
@pytest.mark.skipif(which("promtool") is None, reason="promtool is not installed")
def test_each_alert_fires_when_it_should_and_else_does_not(tmp_path: Path) -> None:
    """As Prometheus itself works them out."""
    rules = {
        rule["alert"]: rule for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    }
    assert rules.keys() == {f"WaitingRoom{name}" for name in ALERTS}
    tests = [
        tried(rules[f"WaitingRoom{name}"], alert, fires=fires)
        for name, alert in ALERTS.items()
        for fires in (True, False)
    ]
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "tests": tests}))
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
