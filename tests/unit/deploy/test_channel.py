"""CRDs that a run without a look at the cluster would delete."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from commands.deploy import channel, stack
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from tools import paths

UNCHECKED = {"check": False}


def crd(name: str) -> dict[str, Any]:
    return {"type": channel.CRD, "inputs": {"metadata": {"name": name}}}


STANDARD = [crd("httproutes.gateway.networking.k8s.io"), crd("servers.policy.linkerd.io")]
EXPERIMENTAL = [
    *STANDARD,
    crd("tcproutes.gateway.networking.k8s.io"),
    crd("tlsroutes.gateway.networking.k8s.io"),
]


class Fake:
    def __init__(self, found: stack.Stack, resources: list[dict[str, Any]]) -> None:
        self.stack, self.resources, self.asked = found, resources, 0

    def state(self) -> dict[str, Any]:
        self.asked += 1
        return {"resources": self.resources}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path


def engine(root: Path, resources: list[dict[str, Any]], **config: Any) -> Fake:
    written = {f"linkerd-platform:{key}": value for key, value in config.items()}
    (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": written}))
    return Fake(stack.find("dev"), resources)


@pytest.mark.parametrize("linkerd", [{}, {"egress": "open"}, {"gatewayApi": "install"}])
def test_an_unchecked_run_does_not_narrow_the_channel(root: Path, linkerd: dict[str, Any]) -> None:
    fake = engine(root, EXPERIMENTAL, cluster=UNCHECKED, linkerd=linkerd)
    with pytest.raises(DeployError) as error:
        channel.refuse_narrowing(cast(Engine, fake))
    said = str(error.value)
    assert "Pulumi.dev.yaml: linkerd.egress" in said
    assert "TCPRoute" in said
    assert "TLSRoute" in said
    assert "`cluster.check: true`" in said


@pytest.mark.parametrize(
    ("resources", "config"),
    [
        (STANDARD, {"cluster": UNCHECKED}),
        (EXPERIMENTAL, {"cluster": UNCHECKED, "linkerd": {"egress": "limited"}}),
        (EXPERIMENTAL, {"cluster": UNCHECKED, "linkerd": {"gatewayApi": "external"}}),
        (EXPERIMENTAL, {"cluster": UNCHECKED, "linkerd": {"charts": {"gatewayApiDirectory": "x"}}}),
        ([], {"cluster": UNCHECKED, "linkerd": "no mapping"}),
    ],
)
def test_a_run_that_deletes_none_goes_on(
    root: Path, resources: list[dict[str, Any]], config: dict[str, Any]
) -> None:
    channel.refuse_narrowing(cast(Engine, engine(root, resources, **config)))


def test_a_checked_run_reads_no_state(root: Path) -> None:
    fake = engine(root, EXPERIMENTAL)
    channel.refuse_narrowing(cast(Engine, fake))
    assert not fake.asked
