"""The objects of an Ingress and of a Gateway, as a real API server takes them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from commands.render.values import whole
from tests.cluster.checkout import Project
from tests.cluster.linkerd.process import program as tool
from tests.unit.components import program

GATEWAY = {
    "host": "shop.example.com",
    "className": "public",
    "cidrs": ["10.1.0.0/16"],
    "tls": {"secret": "shop-tls"},
}


@pytest.mark.parametrize(
    ("kind", "objects"),
    [("ingress", ["Ingress"]), ("gatewayApi", ["Gateway", "HTTPRoute"])],
    ids=["ingress", "gatewayApi"],
)
def test_the_api_server_takes_every_field(platform: Project, kind: str, objects: list[str]) -> None:
    outcome = program.run("dev", kubernetes=(1, 33), gateway={"kind": kind, **GATEWAY})
    made = [
        one.inputs
        for one in outcome.registered
        if one.inputs.get("kind") in objects and one.name.startswith("api-gateway")
    ]
    assert [each["kind"] for each in made] == objects
    for each in made:
        assert offered(platform, each)["metadata"]["name"] == "api-gateway"


def offered(platform: Project, manifest: dict[str, Any]) -> dict[str, Any]:
    """The object as the server would store it; a field that it does not know is an error."""
    done = subprocess.run(
        [
            *(tool("kubectl"), f"--kubeconfig={platform.kubeconfig}", "create", "--filename=-"),
            *("--dry-run=server", "--validate=strict", "--output=json"),
        ],
        input=json.dumps(whole(manifest)),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    stored: dict[str, Any] = json.loads(done.stdout)
    return stored
