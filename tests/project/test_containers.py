"""The image's recipe, the compose file and the Kubernetes manifests.

Each is checked by what knows its format, and all of them against one another. No container engine
is needed.
"""

import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from kubernetes_validate import validate

from tests.support.compose import COMPOSE, NGINX, nginx_of_compose
from tests.support.servers import ROOT
from vwr_middleware.decisions.dialects import DIALECTS
from vwr_middleware.decisions.permission import KEY_HEADER
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.serve.settings_file import read_given
from vwr_middleware.settings import Settings

pytestmark = pytest.mark.outside

RECIPE = ROOT / "Containerfile"
MANIFESTS = ROOT / "examples/kubernetes"
#: The Kubernetes releases in use: the first that knows all that is used here, and the latest.
RELEASES = ("1.32", "1.37")
#: A kind of the Prometheus operator, not of Kubernetes.
MONITOR = "ServiceMonitor"

#: What the operator's documentation says of a ServiceMonitor, as far as it goes for one that only
#: scrapes.
_NAMES = {"type": "object", "additionalProperties": {"type": "string"}}
_DURATION = {"type": "string", "pattern": r"^(0|([0-9]+[smhd])+)$"}
_RELABELING = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "action": {"enum": ["replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep"]},
        "regex": {"type": "string"},
        "replacement": {"type": "string"},
        "separator": {"type": "string"},
        "sourceLabels": {"type": "array", "items": {"type": "string"}},
        "targetLabel": {"type": "string"},
    },
}
_SECRET_KEY = {
    "type": "object",
    "required": ["key", "name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "key": {"type": "string"},
        "optional": {"type": "boolean"},
    },
}
_ENDPOINT = {
    "type": "object",
    "required": ["port"],
    "additionalProperties": False,
    "properties": {
        "port": {"type": "string"},
        "path": {"type": "string", "pattern": "^/"},
        "scheme": {"enum": ["http", "https"]},
        "interval": _DURATION,
        "scrapeTimeout": _DURATION,
        "honorLabels": {"type": "boolean"},
        "authorization": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"type": {"type": "string"}, "credentials": _SECRET_KEY},
        },
        "relabelings": {"type": "array", "items": _RELABELING},
        "metricRelabelings": {"type": "array", "items": _RELABELING},
    },
}
SERVICE_MONITOR = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "required": ["selector", "endpoints"],
            "additionalProperties": False,
            "properties": {
                "jobLabel": {"type": "string"},
                "selector": {"type": "object", "properties": {"matchLabels": _NAMES}},
                "namespaceSelector": {"type": "object"},
                "endpoints": {"type": "array", "minItems": 1, "items": _ENDPOINT},
            },
        },
    },
}


def program(name: str) -> str:
    """A program that is installed with the tests' packages."""
    path = shutil.which(name, path=sysconfig.get_path("scripts"))
    if path is None:
        pytest.skip(f"there is no {name} for this machine")
    return path


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of the manifests, with the file in which it stands."""
    for path in sorted(MANIFESTS.glob("*.yaml")):
        for document in documents(path):
            if document["kind"] != "Kustomization":
                yield path.name, document


def of_kind(kind: str, name: str = "vwr") -> dict[str, Any]:
    found = [
        each for _, each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    assert len(found) == 1, (kind, name)
    return found[0]


def the_room() -> dict[str, Any]:
    """The room's container in the Deployment."""
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    container: dict[str, Any] = pod["containers"][0]
    return container


def instructions(name: str) -> list[str]:
    """What follows each instruction of this name in the recipe, in one line."""
    text = re.sub(r"^#.*\n", "", RECIPE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", text, re.MULTILINE)


def test_the_linter_of_recipes_finds_nothing() -> None:
    done = subprocess.run(
        [program("hadolint"), str(RECIPE)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_is_built_from_all_that_the_wheel_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    readme = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    needed = {
        *project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"],
        *project["project"]["license-files"],
        *(fragment["path"] for fragment in readme["fragments"]),
        "pyproject.toml",
    }
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"  # but for the exceptions, nothing
    assert {line[1:] for line in lines if line.startswith("!")} == needed
    (extras,) = re.findall(r"\$\{PACKAGE\}\[([a-z,]+)\]", RECIPE.read_text())
    assert set(extras.split(",")) <= project["project"]["optional-dependencies"].keys()


def test_the_image_serves_as_somebody_without_rights() -> None:
    (user,) = instructions("USER")
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    context = pod["securityContext"]
    assert user == f"{context['runAsUser']}:{context['runAsGroup']}"
    assert context["runAsNonRoot"]
    for container in (the_room(), *documents(COMPOSE)[0]["services"].values()):
        assert container.get("read_only") or container["securityContext"]["readOnlyRootFilesystem"]


def test_the_room_is_asked_at_the_port_at_which_it_listens() -> None:
    (port,) = instructions("EXPOSE")
    assert the_room()["ports"] == [{"name": "http", "containerPort": int(port)}]
    healths = [*instructions("HEALTHCHECK"), *instructions("ENV")]
    assert any(f"127.0.0.1:{port}/vwr/healthz" in text for text in healths)
    services = documents(COMPOSE)[0]["services"]
    assert f"127.0.0.1:{port}/vwr/healthz" in services["room"]["healthcheck"]["test"][-1]
    (command,) = instructions("CMD")
    assert yaml.safe_load(command) == the_room()["args"]


def test_compose_itself_takes_the_compose_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VWR_SECRET_KEY", "a key for an example")
    command = [program("docker-compose"), "-f", str(COMPOSE), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == {"nginx", "room", "shop", "valkey"}
    mounts = [volume for service in services.values() for volume in service["volumes"]]
    files = [Path(volume["source"]) for volume in mounts if volume["type"] == "bind"]
    assert files and all(file.exists() for file in files)


def test_the_nginx_of_compose_is_what_init_writes() -> None:
    assert "listen 8080;" in nginx_of_compose()
    assert NGINX.read_text() == nginx_of_compose(), "make readme writes it anew"


def test_compose_starts_nothing_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VWR_SECRET_KEY", raising=False)
    command = [program("docker-compose"), "-f", str(COMPOSE), "config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "a secret of your own" in done.stderr


def settings_of(text: str, folder: Path, **secret: str) -> Settings:
    """What the room is told by this file, and by what the environment has of the Secret."""
    file = folder / "vwr.toml"
    file.write_text(text)
    return read_given(file, {"VWR_SECRET_KEY": "a key for an example", **secret}).settings()


def test_the_settings_in_both_are_good_but_for_the_secret(tmp_path: Path) -> None:
    of_compose = settings_of((COMPOSE.parent / "vwr.toml").read_text(), tmp_path)
    secret = of_kind("Secret")["stringData"]
    assert {type(text) for text in secret.values()} == {str}
    filled = dict.fromkeys(secret, "another-key-for-an-example")
    in_cluster = settings_of(of_kind("ConfigMap")["data"]["vwr.toml"], tmp_path, **filled)
    for settings, store in ((of_compose, documents(COMPOSE)[0]["services"]), (in_cluster, None)):
        assert settings.trusted_proxies == 1
        assert settings.decision_networks or settings.decision_key
        host = urlsplit(settings.store).hostname
        assert host in store if store else of_kind("Service", str(host))
    with pytest.raises(ConfigurationError, match="secret_key is missing"):
        settings_of(of_kind("ConfigMap")["data"]["vwr.toml"], tmp_path, **secret)


@pytest.mark.parametrize("release", RELEASES)
def test_kubernetes_takes_each_manifest(release: str) -> None:
    kinds = set()
    for file, document in manifests():
        if document["kind"] != MONITOR:
            kinds.add(document["kind"])
            try:
                validate(document, release, strict=True)
            except ValidationError as error:
                pytest.fail(f"{file}: {error.json_path}: {error.message}")
    assert kinds >= {
        "Deployment",
        "Service",
        "Ingress",
        "PodDisruptionBudget",
        "ConfigMap",
        "Secret",
    }


def test_the_operator_of_prometheus_takes_the_monitor() -> None:
    Draft202012Validator(SERVICE_MONITOR).validate(of_kind(MONITOR))


def test_the_kustomization_names_each_manifest_that_needs_nothing_installed() -> None:
    (kustomization,) = documents(MANIFESTS / "kustomization.yaml")
    files = {path.name for path in MANIFESTS.glob("*.yaml")}
    alone = {"kustomization.yaml", "monitor.yaml", "app-ingress.yaml"}
    assert files - set(kustomization["resources"]) == alone


def test_the_apps_ingress_asks_the_room() -> None:
    ingress, headers = of_kind("Ingress", "shop"), of_kind("ConfigMap", "vwr-question")
    asks = {
        name.removeprefix("nginx.ingress.kubernetes.io/"): text
        for name, text in ingress["metadata"]["annotations"].items()
    }
    url = urlsplit(asks["auth-url"])
    room, (kustomization,) = of_kind("Service"), documents(MANIFESTS / "kustomization.yaml")
    names = (room["metadata"]["name"], kustomization["namespace"], "svc.cluster.local")
    assert url.hostname == ".".join(names)
    assert [port["port"] for port in room["spec"]["ports"]] == [url.port or 80]
    assert url.path.removeprefix("/vwr/auth/") in DIALECTS
    place = headers["metadata"]
    assert asks["auth-proxy-set-headers"] == f"{place['namespace']}/{place['name']}"
    assert place["namespace"] == ingress["metadata"]["namespace"]
    assert {name.lower() for name in headers["data"]} == {KEY_HEADER}
    assert "VWR_DECISION_KEY" in of_kind("Secret")["stringData"]


def test_the_manifests_find_one_another() -> None:
    labels = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]
    service, monitor = of_kind("Service"), of_kind(MONITOR)["spec"]
    for selector in (
        service["spec"]["selector"],
        of_kind("Deployment")["spec"]["selector"]["matchLabels"],
        of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        of_kind("NetworkPolicy", "valkey")["spec"]["ingress"][0]["from"][0]["podSelector"][
            "matchLabels"
        ],
    ):
        assert selector == labels
    assert monitor["selector"]["matchLabels"] == service["metadata"]["labels"]
    ports = {port["name"]: port for port in service["spec"]["ports"]}
    assert monitor["endpoints"][0]["port"] in ports
    assert ports["http"]["targetPort"] == the_room()["ports"][0]["name"]
    credentials = monitor["endpoints"][0]["authorization"]["credentials"]
    assert credentials["key"] in of_kind("Secret", credentials["name"])["stringData"]
    assert the_room()["envFrom"] == [{"secretRef": {"name": "vwr"}}]
