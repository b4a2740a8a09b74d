"""What the documents say of `vwr loadtest` and `vwr drill` is so, and nothing is left out."""

import re

import click
import kubernetes_validate
import pytest
import yaml

from tests.support.readme import DOCS
from vwr_middleware.drill.command import command as drill
from vwr_middleware.loadtest.command import command as loadtest

LOADTEST, DRILL = ((DOCS / f"{name}.md").read_text() for name in ("loadtest", "drill"))
#: Options of another command, or of a command of the reader's own.
OTHERS = {"--config"}
#: What the table says in other words, or the command's own help alone.
TOLD_BY_HELP = {"--token", "--port", "--web-port", "--help", "--password"}


@pytest.mark.parametrize(("command", "text"), [(loadtest, LOADTEST), (drill, DRILL)])
def test_every_option_is_documented_and_every_documented_option_is_there(
    command: click.Command, text: str
) -> None:
    named = set(re.findall(r"--[a-z][a-z-]+", text))
    there = {
        name
        for option in command.params
        for name in option.opts
        if isinstance(option, click.Option)
    }
    assert named - OTHERS <= there
    assert there - TOLD_BY_HELP <= named


def test_the_manifests_for_kubernetes_are_valid_and_run_the_command() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", LOADTEST, re.DOTALL)
    found = list(yaml.safe_load_all(block))
    for manifest in found:
        kubernetes_validate.validate(manifest, "1.31", strict=True)
    job, pod = found[1]["spec"]["template"]["spec"], found[2]["spec"]
    for spec in (job, pod):
        vwr, name, *arguments = spec["containers"][0]["args"]
        assert (vwr, name) == ("vwr", "loadtest")
        context = loadtest.make_context("vwr loadtest", list(map(str, arguments)))
        assert context.params["host"] in ("loadtest", "0.0.0.0")
        assert context.params["worker"] != context.params["master"]


def test_the_shares_in_the_table_are_the_defaults() -> None:
    defaults = {option.opts[0]: option.default for option in loadtest.params}
    for name, value in (("--absent", 0.2), ("--no-script", 0.05), ("--programs", 0.1)):
        assert defaults[name] == value and re.search(rf"`{name}` \|[^|]*\b{value}\b", LOADTEST)
