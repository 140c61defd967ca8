"""A removal names what somebody else put into the services' namespace before that is deleted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands.deploy import others
from commands.deploy.engine import Engine
from commands.deploy.kubectl import Kubectl
from components.cluster.ownership import PART_OF

SPACE = {
    "type": "kubernetes:core/v1:Namespace",
    "parent": "urn:pulumi:prod::p::platform:index:Platform::platform",
    "inputs": {"metadata": {"name": "shop"}},
}
MESH = {**SPACE, "parent": "urn:pulumi:prod::p::platform:index:Platform$x:y:Viz::viz"}


def item(kind: str, name: str, manager: str = "kubectl-create", **metadata: Any) -> dict[str, Any]:
    managed = [{"manager": manager}]
    return {"kind": kind, "metadata": {"name": name, "managedFields": managed, **metadata}}


OWN = [
    item("Service", "api", "pulumi-kubernetes-1a2b3c4d"),
    item("Service", "web", labels=PART_OF),
    item("Pod", "api-1", ownerReferences=[{"kind": "ReplicaSet"}]),
    item("PersistentVolumeClaim", "data-db-0", "kube-controller-manager"),
    item("ServiceAccount", "default"),
    item("ConfigMap", "kube-root-ca.crt"),
]


def warned(
    found: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    state = {"resources": [MESH, SPACE]}
    asked: list[str] = []

    def all_of(_: Kubectl, kinds: str, namespace: str) -> list[dict[str, Any]]:
        assert "configmaps" in kinds
        asked.append(namespace)
        return found

    monkeypatch.setattr(Kubectl, "all_of", all_of)
    cluster = SimpleNamespace(kubeconfig=None, context=None)
    engine = SimpleNamespace(
        stack=SimpleNamespace(name="prod", cluster=lambda: cluster),
        backend=SimpleNamespace(environment={}),
        state=lambda: state,
    )
    others.warn(cast(Engine, engine))
    assert asked == ["shop"]
    return capsys.readouterr().out


def test_the_stacks_own_objects_are_no_news(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert warned(OWN, monkeypatch, capsys) == ""


def test_what_others_put_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = [item("Secret", "theirs"), item("ConfigMap", "theirs", "helm")]
    text = warned([*OWN, *theirs], monkeypatch, capsys)
    assert 'The namespace "shop" has objects that this stack did not make' in text
    assert text.endswith(":\n  ConfigMap theirs\n  Secret theirs\n")
