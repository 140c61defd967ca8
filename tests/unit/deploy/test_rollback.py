"""``make rollback``: it touches what shares out one service's requests, whatever else is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from commands.canary import rollback, shares
from commands.deploy import (
    backend,
    guards,
    kubernetes_api,
    recovery,
    replay,
    session,
    stack,
    targeted,
    yaml_files,
)
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from components.config.stack.settings import Cluster
from components.plan.weights import weights
from tools import paths

NONE = weights(Decimal(0))
PREFIX = "urn:pulumi:dev::linkerd-platform::"
OUTPUTS = {"canaryWeights": {"api": 10, "web": 5}, "clusterUid": "abc", "namespace": "n"}
ROOT = {
    "urn": f"{PREFIX}pulumi:pulumi:Stack::linkerd-platform-dev",
    "type": "pulumi:pulumi:Stack",
    "outputs": OUTPUTS,
}
PLATFORM = {
    "urn": f"{PREFIX}platform:index:Platform::platform",
    "type": "platform:index:Platform",
    "parent": ROOT["urn"],
}
PROVIDER = {
    "urn": f"{PREFIX}pulumi:providers:kubernetes::platform",
    "type": "pulumi:providers:kubernetes",
    "inputs": {"kubeconfig": "deployed-with", "version": "4"},
    "parent": PLATFORM["urn"],
}
SPACE = {
    "urn": f"{PREFIX}kubernetes:core/v1:Namespace::n",
    "type": "kubernetes:core/v1:Namespace",
    "inputs": {"kind": "Namespace", "metadata": {"name": "n"}},
    "parent": PLATFORM["urn"],
    "provider": f"{PROVIDER['urn']}::id",
}


def custom(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "urn": f"{PREFIX}kubernetes:x/v1:{kind}::{name}",
        "type": f"kubernetes:x/v1:{kind}",
        "custom": True,
        "inputs": {"kind": kind, "metadata": {"name": name}, "spec": dict(spec)},
        "parent": PLATFORM["urn"],
        "provider": f"{PROVIDER['urn']}::id",
        "deletedWith": SPACE["urn"],
    }


def split(name: str, new: int) -> dict[str, Any]:
    backends = [{"service": name, "weight": 1000 - new}, {"service": f"{name}-v2", "weight": new}]
    return custom("TrafficSplit", f"{name}-split", {"service": name, "backends": backends})


def route(
    kind: str, name: str, *rules: Mapping[str, int], owner: str = "api", parent: str = "Service"
) -> dict[str, Any]:
    written = [
        {"backendRefs": [{"name": n, "port": 80, "weight": w} for n, w in rule.items()]}
        for rule in rules
    ]
    return custom(
        kind, name, {"parentRefs": [{"kind": parent, "name": owner, "port": 80}], "rules": written}
    )


def backends(inputs: Mapping[str, Any]) -> list[dict[str, int]]:
    return [
        {each["name"]: each["weight"] for each in rule["backendRefs"]}
        for rule in inputs["spec"]["rules"]
    ]


def test_a_split_gives_everything_to_the_stable_version() -> None:
    found = shares.of_service([ROOT, PLATFORM, split("api", 100), split("web", 50)], "api")
    (inputs,) = found.values()
    assert shares.share(inputs, "api") == 10
    new = shares.changed(inputs, "api", NONE)
    assert new == split("api", 0)["inputs"]
    assert inputs == split("api", 100)["inputs"]


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_every_route_of_the_service_changes_and_testers_keep_their_version(kind: str) -> None:
    shared = {"api": 750, "api-v2": 250}
    routes = [
        route(kind, "api-get", {"api-v2": 1000}, shared),
        route(kind, "api-default", shared),
        route(kind, "web-default", {"web": 900, "web-v2": 100}, owner="web"),
        route(kind, "no-canary", {"api": 1000}),
        route("HTTPRoute", "entrance", {"api": 1000, "other": 1}, parent="Gateway"),
    ]
    found = shares.of_service(routes, "api")
    assert [urn.rpartition("::")[2] for urn in found] == ["api-get", "api-default"]
    changed = [backends(shares.changed(inputs, "api", NONE)) for inputs in found.values()]
    none = {"api": 1000, "api-v2": 0}
    assert changed == [[{"api-v2": 1000}, none], [none]]


def test_the_program_registers_what_the_objects_hang_on_and_nothing_else() -> None:
    wanted, other = split("api", 100), split("web", 50)
    found = replay.in_order([ROOT, PLATFORM, PROVIDER, SPACE, other, wanted], [wanted["urn"]])
    assert found == [PLATFORM, PROVIDER, SPACE, wanted]


CATALOGUE = "services: {api: {versions: {v1: {}, v2: {}}}, web: {image: x}}\n"
STACK = """\
config:
  linkerd-platform:canaries:
    web: {weight: 100} # a raise that nobody has deployed
    api:
      weight: 10 # per cent
"""


@dataclass
class Fake:
    """An engine with this state. Each of its runs ends with ``code``."""

    stack: stack.Stack
    resources: list[dict[str, Any]]
    code: int = 0
    ran: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        return {"resources": self.resources}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "services.yaml").write_text(CATALOGUE)
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    monkeypatch.setattr(
        kubernetes_api, "identity", lambda _: kubernetes_api.Identity(uid="abc", server="s")
    )
    return tmp_path


def deployed(monkeypatch: pytest.MonkeyPatch, *objects: dict[str, Any], code: int = 0) -> Fake:
    fake = Fake(stack.find("dev"), [ROOT, PLATFORM, PROVIDER, SPACE, *objects], code)

    def run(
        engine: Fake, resources: Any, changed: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> tuple[int, str]:
        assert resources == engine.resources
        engine.ran.append((changed, outputs))
        return engine.code, ""

    monkeypatch.setattr(session, "prepared", lambda _: cast(Engine, fake))
    monkeypatch.setattr(targeted, "run", run)
    monkeypatch.setattr(recovery, "explain", lambda *_: None)
    return fake


def written(root: Path) -> str:
    """The stack's file, without regard to the column in which a comment starts."""
    return re.sub(" +#", " #", (root / "Pulumi.dev.yaml").read_text())


def roll_back(service: str = "api") -> int:
    return rollback.run(stack.find("dev"), service=service)


def test_one_object_changes_and_the_outputs_say_what_is_deployed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = deployed(monkeypatch, split("api", 100), split("web", 50))
    assert roll_back() == 0
    ((changed, outputs),) = fake.ran
    assert changed == {split("api", 0)["urn"]: split("api", 0)["inputs"]}
    # The other canary's weight is the deployed one and not the file's, so its raise is still one.
    assert outputs == {**OUTPUTS, "canaryWeights": {"api": 0, "web": 5}}
    assert written(root) == STACK.replace("10 #", "0 #")
    assert "api sends 0 % of its requests to the new version" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("services.yaml", "services: [half written"),
        ("services.yaml", "services: {api: {versions: {v2: {}}, stable: v2}}"),
        ("Pulumi.dev.yaml", f"{STACK}  linkerd-platform:networkPolicies: maybe\n"),
        ("Pulumi.dev.yaml", STACK.replace("weight: 100", "weight: 1000, maxStep: no")),
        ("Pulumi.dev.yaml", "config: {}\n"),
        ("Pulumi.dev.yaml", "config: {'linkerd-platform:canaries': [api]}\n"),
    ],
)
def test_nothing_that_is_wrong_or_unfinished_stands_in_the_way(
    root: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str
) -> None:
    (root / file).write_text(text)
    fake = deployed(monkeypatch, split("api", 100))
    assert roll_back() == 0
    assert len(fake.ran) == 1
    canaries = yaml.safe_load((root / "Pulumi.dev.yaml").read_text())["config"]
    found = canaries.get("linkerd-platform:canaries", {})
    assert "api" not in found or isinstance(found, list) or found["api"]["weight"] == 0


@pytest.mark.usefixtures("root")
def test_after_a_failed_run_both_facts_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(monkeypatch, split("api", 100), code=255)
    assert roll_back() == 255
    said = capsys.readouterr()
    assert "sends 0 %" not in said.out
    assert "Pulumi.dev.yaml says 0 for api" in said.err
    assert "still gets 10 % of the requests" in said.err
    assert "`make rollback SERVICE=api STACK=dev` again continues" in said.err


def test_a_file_that_cannot_be_written_does_not_stop_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = deployed(monkeypatch, split("api", 100))

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(yaml_files, "edited", refused)
    assert roll_back() == 0
    assert len(fake.ran) == 1
    said = capsys.readouterr().err
    assert "Pulumi.dev.yaml cannot be written: Permission denied" in said
    assert "`canaries.api.weight` to 0" in said
    fake.code = 255
    assert roll_back() == 255
    assert "Pulumi.dev.yaml says 10 for api" in capsys.readouterr().err
    assert (root / "Pulumi.dev.yaml").read_text() == STACK


def test_another_cluster_is_refused_and_nothing_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = deployed(monkeypatch, split("api", 100))
    asked: list[Cluster] = []

    def other(cluster: Cluster) -> kubernetes_api.Identity:
        asked.append(cluster)
        return kubernetes_api.Identity(uid="other", server="s")

    monkeypatch.setattr(kubernetes_api, "identity", other)
    with pytest.raises(DeployError, match="the cluster other at s"):
        roll_back()
    # It is the cluster of the objects, whatever the file says now.
    assert [one.kubeconfig for one in asked] == ["deployed-with"]
    assert not fake.ran
    assert (root / "Pulumi.dev.yaml").read_text() == STACK


def test_without_a_deployed_canary_only_the_file_changes(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = deployed(monkeypatch)
    assert roll_back() == 0
    assert not fake.ran
    assert "No canary of api is deployed" in capsys.readouterr().out
    assert written(root) == STACK.replace("10 #", "0 #")


@pytest.mark.parametrize(
    ("service", "message"),
    [("", "Name the service"), ("apo", "Did you mean `api`"), ("web", "has one version")],
)
def test_a_service_without_a_canary_is_an_error(
    root: Path, monkeypatch: pytest.MonkeyPatch, service: str, message: str
) -> None:
    fake = deployed(monkeypatch, split("api", 100))
    with pytest.raises(DeployError, match=message):
        roll_back(service)
    assert not fake.ran
    assert (root / "Pulumi.dev.yaml").read_text() == STACK


def test_weights_owned_by_flagger_are_left_to_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(monkeypatch)
    text = STACK.replace("weight: 10 # per cent", "mode: automated")
    (root / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(DeployError, match="Flagger owns the weights"):
        roll_back()
    assert (root / "Pulumi.dev.yaml").read_text() == text


def test_a_deployed_split_is_rolled_back_whoever_is_to_own_the_weights_next(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file hands the canary over to Flagger, and that is not deployed."""
    fake = deployed(monkeypatch, split("api", 100))
    text = STACK.replace("weight: 10 # per cent", "mode: automated")
    (root / "Pulumi.dev.yaml").write_text(text)
    assert roll_back() == 0
    ((changed, _),) = fake.ran
    assert changed == {split("api", 0)["urn"]: split("api", 0)["inputs"]}
    assert "mode: automated" in written(root)


def test_a_cluster_that_is_not_to_be_checked_is_not_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = deployed(monkeypatch, split("api", 100))
    text = f"{STACK}  linkerd-platform:cluster: {{check: false}}\n"
    (root / "Pulumi.dev.yaml").write_text(text)
    fake.stack = stack.find("dev")
    monkeypatch.setattr(guards, "is_known", lambda *_: pytest.fail("asked"))
    assert roll_back() == 0


def test_the_run_gets_the_stacks_encryption_and_none_of_its_config(
    root: Path, tmp_path: Path
) -> None:
    file = root / "Pulumi.dev.yaml"
    file.write_text(f"secretsprovider: awskms://alias/x\nencryptedkey: abc\n{STACK}")
    environment = backend.Backend(is_ours=False, uses_own_pulumi=True, environment={})
    written_to = tmp_path / "written.yaml"
    Engine(stack=stack.find("dev"), backend=environment).write_encryption(written_to)
    found = yaml.safe_load(written_to.read_text())
    assert found == {"secretsprovider": "awskms://alias/x", "encryptedkey": "abc"}
