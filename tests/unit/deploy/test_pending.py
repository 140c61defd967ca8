"""A killed run's unrecorded operations: with any provider, what is ours goes into the state."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands.deploy import pending
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.deploy.kubectl import Kubectl
from components.config.stack.settings import Cluster

OURS = {"managedFields": [{"manager": "pulumi-kubernetes-1a2b3c4d"}]}
THEIRS = {"managedFields": [{"manager": "kubectl-create"}]}
RELEASE = "kubernetes:helm.sh/v3:Release"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::linkerd-platform::{kind}::{name}"


def operation(did: str, kind: str, inputs: dict[str, Any], name: str) -> dict[str, Any]:
    resource = {"urn": urn(kind, name), "custom": True, "type": kind, "inputs": inputs}
    return {"type": did, "resource": {**resource, "parent": urn("a:b:C", "parent")}}


def deployment(did: str = "creating", name: str = "frontend") -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop"}
    inputs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}
    return operation(did, "kubernetes:apps/v1:Deployment", inputs, name)


def release(did: str) -> dict[str, Any]:
    inputs = {"name": "linkerd-crds", "namespace": "linkerd", "timeout": 300, "chart": "c"}
    return operation(did, RELEASE, inputs, "linkerd-crds")


class Fake:
    """An engine with a state, and a cluster in a file that a ``kubectl`` of our own reads."""

    def __init__(
        self, root: Path, operations: Sequence[dict[str, Any]], resources: Sequence[Any] = ()
    ) -> None:
        self.deployment = {
            "resources": list(resources),
            "pending_operations": list(operations),
        }
        self.root = root
        self.stack = SimpleNamespace(name="prod", cluster=Cluster)
        path = f"{root}{os.pathsep}{os.environ['PATH']}"
        self.backend = SimpleNamespace(environment={**os.environ, "PATH": path})
        self.refreshed: list[str] = []
        self.holds()

    def holds(self, *objects: dict[str, Any], notes: str = "", said: str = "") -> None:
        """Let the cluster have these objects, and these notes of Helm."""
        items = {"kind": "List", "items": objects}
        (self.root / "objects").write_text(json.dumps(items) if objects else "")
        (self.root / "notes").write_text(notes)
        kubectl = self.root / "kubectl"
        kubectl.write_text(
            f'#!/bin/sh\ncd "{self.root}"\necho "$@" >> calls\n'
            f'case "$*" in\n*"get -f"*) cat > asked; cat objects; '
            f'if [ -n "{said}" ]; then echo "{said}" >&2; exit 1; fi;;\n'
            '*"get secret"*) cat notes;;\nesac\n'
        )
        kubectl.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()

    def state(self) -> dict[str, Any]:
        return copy.deepcopy(self.deployment)

    def edit_state(self, change: Callable[[dict[str, Any]], None]) -> None:
        change(self.deployment)

    def refresh(self, urns: Sequence[str]) -> None:
        self.refreshed = [*urns]

    @property
    def recorded(self) -> dict[str, Any]:
        return {found["urn"]: found for found in self.deployment["resources"]}

    def settle(self) -> None:
        pending.settle(cast(Engine, self))


def live(name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    named = {"name": name, "namespace": "shop", **metadata}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named}


def test_what_was_created_is_recorded_and_what_was_not_is_forgotten(tmp_path: Path) -> None:
    fake = Fake(tmp_path, [deployment(), deployment(name="api")])
    fake.holds(live("frontend", OURS))
    fake.settle()
    assert fake.deployment["pending_operations"] == []
    (made,) = fake.deployment["resources"]
    assert made["id"] == "shop/frontend"
    assert made["inputs"]["metadata"] == {"name": "frontend", "namespace": "shop"}
    assert made["parent"] == urn("a:b:C", "parent")
    assert fake.refreshed == [made["urn"]]
    asked = json.loads((tmp_path / "asked").read_text())["items"]
    assert [one["metadata"]["name"] for one in asked] == ["frontend", "api"]


def test_what_somebody_else_made_meanwhile_is_refused_by_name(tmp_path: Path) -> None:
    fake = Fake(tmp_path, [deployment(), deployment(name="api")])
    fake.holds(live("frontend", OURS), live("api", THEIRS))
    before = fake.state()
    with pytest.raises(DeployError, match=r"nothing was changed\.\n  Deployment shop/api\n"):
        fake.settle()
    assert fake.state() == before
    assert not any("delete" in call for call in fake.calls)


def test_a_kind_that_the_cluster_does_not_serve_yet_is_no_error(tmp_path: Path) -> None:
    fake = Fake(tmp_path, [deployment()])
    fake.holds(live("frontend", OURS), said="error: no matches for kind X in version Y")
    fake.settle()
    assert len(fake.recorded) == 1


def test_another_error_of_the_cluster_is_one(tmp_path: Path) -> None:
    fake = Fake(tmp_path, [deployment()])
    fake.holds(said="Unable to connect to the server")
    with pytest.raises(DeployError, match="Unable to connect"):
        fake.settle()


@pytest.mark.parametrize("did", ["updating", "deleting"])
def test_what_was_changed_or_deleted_is_read_again(tmp_path: Path, did: str) -> None:
    found = {**deployment()["resource"], "id": "shop/frontend"}
    fake = Fake(tmp_path, [deployment(did)], [found])
    fake.settle()
    assert fake.deployment["resources"] == [found]
    assert fake.refreshed == [found["urn"]]


def test_only_helms_pending_notes_are_deleted(tmp_path: Path) -> None:
    old = {**release("updating")["resource"], "id": "linkerd/linkerd-crds"}
    old["outputs"] = {**old["inputs"], "__inputs": {"ciphertext": "v1:..."}}
    fake = Fake(tmp_path, [release("updating")], [old])
    fake.settle()
    (call,) = [one for one in fake.calls if "delete" in one]
    assert call == (
        "delete secret -l owner=helm,name=linkerd-crds,"
        "status in (pending-install,pending-upgrade,pending-rollback) -n linkerd"
    )
    (found,) = fake.deployment["resources"]
    # The provider compares the program with the outputs, so the next run upgrades it.
    left = {"name": "linkerd-crds", "namespace": "linkerd", "chart": "c"}
    assert found["inputs"] == left
    assert found["outputs"] == {**left, "__inputs": {"ciphertext": "v1:..."}}
    assert fake.refreshed == []


@pytest.mark.parametrize("notes", ["", "secret/sh.helm.release.v1.linkerd-crds.v1"])
def test_a_release_that_helm_installed_is_recorded(tmp_path: Path, notes: str) -> None:
    fake = Fake(tmp_path, [release("creating")])
    fake.holds(notes=notes)
    fake.settle()
    assert bool(fake.recorded) == bool(notes)
    for found in fake.recorded.values():
        assert found["id"] == "linkerd/linkerd-crds"
        assert found["outputs"]["chart"] == "c"
        assert "timeout" not in found["outputs"]
        # The provider ends at once where this is no secret.
        secret = found["outputs"]["__inputs"]
        assert json.loads(secret["plaintext"])["name"] == "linkerd-crds"


def test_a_replacement_that_was_begun_is_not_recorded_twice(tmp_path: Path) -> None:
    old = {**deployment()["resource"], "id": "shop/frontend"}
    fake = Fake(tmp_path, [deployment()], [old])
    fake.holds(live("frontend", OURS))
    fake.settle()
    assert fake.deployment["resources"] == [old]


def test_nothing_pending_asks_nobody(tmp_path: Path) -> None:
    fake = Fake(tmp_path, [])
    fake.settle()
    assert not (tmp_path / "calls").exists()


def test_a_single_object_is_no_list(tmp_path: Path) -> None:
    fake = Fake(tmp_path, [])
    fake.holds(said="")
    (tmp_path / "objects").write_text(json.dumps(live("frontend", OURS)))
    key = ("apps/v1", "Deployment", "shop", "frontend")
    assert Kubectl.of(cast(Engine, fake)).find([key]).keys() == {key}
