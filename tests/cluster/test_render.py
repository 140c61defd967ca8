"""``make render`` against the deployed platform: the files are what was deployed."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.render.values import SECRET, UNKNOWN
from tests.cluster.checkout import STRIPE_KEY, Project, Run, configured
from tools import paths

DRY_RUN = ("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict")


@pytest.fixture(scope="module")
def rendered(deployed: tuple[Project, Run]) -> Path:
    project, run = deployed
    assert run.code == 0, run.output[-5000:]
    return render(project, "rendered/local")


def render(platform: Project, folder: str) -> Path:
    """The folder that was rendered; the project's own command, in its checkout."""
    said = platform.deploy("render", "--stack", "local", "--out", folder).passed()
    assert "No mandatory policy is violated." in said
    return platform.root / folder


def kubectl(platform: Project, *arguments: str) -> list[dict[str, Any]]:
    """The objects that kubectl answers with; an object that the server refuses fails."""
    command = [str(paths.BIN / "kubectl"), "--kubeconfig", str(platform.kubeconfig), *arguments]
    done = subprocess.run(
        [*command, "-o", "json"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    items: list[dict[str, Any]] = document.get("items", [document])
    return items


def key(content: dict[str, Any]) -> str:
    metadata = content["metadata"]
    return f"{content['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def test_the_api_server_takes_every_file_and_would_change_nothing(
    platform: Project, rendered: Path
) -> None:
    applied = kubectl(platform, "apply", "-k", str(rendered), *DRY_RUN)
    assert len(applied) > 70
    kinds = {one["kind"] for one in applied}
    assert {"Deployment", "ServiceProfile", "HTTPRoute", "TrafficSplit", "Server"} <= kinds
    files = [yaml.safe_load(f.read_text()) for f in rendered.glob("*/*.yaml")]
    left_out = {key(f) for f in files if "kind" in f and UNKNOWN in json.dumps(f)}
    assert left_out == {f"Deployment {platform.namespace}/payment-service"}
    live = {
        key(one): one["metadata"].get("generation")
        for one in kubectl(platform, "get", "-k", str(rendered))
    }
    would = {key(one): one["metadata"].get("generation") for one in applied}
    assert {name for name in would if would[name] != live[name]} == left_out


def test_secrets_are_stubs_with_the_keys_of_the_deployed_ones(
    platform: Project, rendered: Path
) -> None:
    stubs = [yaml.safe_load(f.read_text()) for f in rendered.glob("*/secret-*.yaml")]
    deployed = {
        item["metadata"]["name"]: set(item["data"])
        for item in platform.items("secrets")
        if item["type"] == "Opaque"
    }
    assert {stub["metadata"]["name"]: set(stub["stringData"]) for stub in stubs} == deployed
    assert {value for stub in stubs for value in stub["stringData"].values()} == {SECRET}


def test_the_charts_values_are_those_of_the_deployed_releases(
    platform: Project, rendered: Path
) -> None:
    releases = yaml.safe_load((rendered / "helmfile.yaml").read_text())["releases"]
    assert len(releases) >= 3
    for release in releases:
        name = f"sh.helm.release.v1.{release['name']}.v1"
        secret = platform.get("secret", name, "-n", release["namespace"])
        note = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        deployed = json.loads(gzip.decompress(note)).get("config", {})
        values = yaml.safe_load((rendered / f"helm/{release['name']}.yaml").read_text())
        assert with_placeholders(deployed, values) == values, release["name"]


def with_placeholders(deployed: Any, values: Any) -> Any:
    """The deployed values without those that the file leaves out."""
    if isinstance(deployed, dict) and isinstance(values, dict):
        return {k: with_placeholders(inner, values.get(k)) for k, inner in deployed.items()}
    return values if values in (SECRET, UNKNOWN) else deployed


def test_encrypted_config_is_used_and_not_shown(platform: Project) -> None:
    secrets = platform.secret_config('secrets["stripe-credentials"]["api-key"]', STRIPE_KEY)
    with configured(platform, secrets=secrets["secrets"]):
        folder = render(platform, "rendered/encrypted")
    text = "".join(file.read_text() for file in folder.rglob("*.yaml"))
    assert STRIPE_KEY not in text
    assert "stripe-credentials" in text
