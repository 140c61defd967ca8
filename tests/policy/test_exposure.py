from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.reading import linkerd
from tests.policy.objects import deployment, namespace, service, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, violations

EXPOSURE = "linkerd-exposure"
NS = namespace()
REASON = "browsers come in here"


def annotated(manifest: Manifest, reason: Any, key: str = linkerd.ALLOW_EXPOSURE) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": {key: reason}}}


def pod(**spec: Any) -> Manifest:
    return deployment("cart", **spec)


EXPOSED = [
    (service(type="LoadBalancer"), "spec.type"),
    (service(type="NodePort"), "spec.type"),
    (service(externalIPs=["192.0.2.1"]), "spec.externalIPs"),
    (thing("networking.k8s.io/v1", "Ingress", "cart", {"rules": []}), "spec"),
    (thing("gateway.networking.k8s.io/v1", "Gateway", "cart", {"listeners": []}), "spec"),
    (pod(hostNetwork=True), "spec.template.spec.hostNetwork"),
    (
        deployment("cart", ports=[{"containerPort": 1}, {"containerPort": 80, "hostPort": 80}]),
        "spec.template.spec.containers[0].ports[1].hostPort",
    ),
    (
        pod(initContainers=[{"ports": [{"hostPort": 80}]}]),
        "spec.template.spec.initContainers[0].ports[0].hostPort",
    ),
]


@pytest.mark.parametrize(("manifest", "path"), EXPOSED)
def test_what_is_exposed_gives_a_reason(manifest: Manifest, path: str) -> None:
    (message,) = violations(EXPOSURE, NS, manifest)
    assert message.startswith(f"Remove {path} from {manifest['kind']} shop/cart, or say in ")
    assert violations(EXPOSURE, NS, annotated(manifest, REASON)) == []


@pytest.mark.parametrize(("manifest", "path"), EXPOSED)
def test_outside_of_the_mesh_everything_is_accepted(manifest: Manifest, path: str) -> None:
    assert path
    assert violations(EXPOSURE, manifest) == []
    assert violations(EXPOSURE, namespace(inject="disabled"), manifest) == []
    system = namespace("linkerd-viz")
    inside = {**manifest, "metadata": {"name": "cart", "namespace": "linkerd-viz"}}
    assert violations(EXPOSURE, system, inside) == []
    assert len(violations(EXPOSURE, system, inside, systemNamespaces=[])) == 1


@pytest.mark.parametrize(("manifest", "path"), EXPOSED)
def test_only_what_is_listed_may_be_exposed(manifest: Manifest, path: str) -> None:
    declared = annotated(manifest, REASON)
    assert violations(EXPOSURE, NS, manifest, exposed=["shop/cart"]) == []
    (message,) = violations(EXPOSURE, NS, declared, exposed=["shop/web"])
    assert f"Remove {path} from" in message
    assert "setting exposed" in message


@pytest.mark.parametrize(
    "manifest",
    [
        service(),
        service(type="ClusterIP", externalIPs=[]),
        pod(hostNetwork=False),
        deployment("cart", ports=[{"containerPort": 80}]),
        thing("v1", "ConfigMap", "cart", {"type": "LoadBalancer"}),
    ],
)
def test_what_stays_inside(manifest: Manifest) -> None:
    assert violations(EXPOSURE, NS, manifest) == []


@pytest.mark.parametrize(
    ("reason", "count"), [("", 1), (" " * 20, 1), ("x" * 9, 1), ("x" * 10, 0), (5, 1)]
)
def test_a_reason_says_something(reason: Any, count: int) -> None:
    manifest = annotated(service(type="NodePort"), reason)
    assert len(violations(EXPOSURE, NS, manifest)) == count


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (service(type=UNKNOWN_TEXT), "spec.type"),
        (service(externalIPs=UNKNOWN_TEXT), "spec.externalIPs"),
        (annotated(service(type="NodePort"), UNKNOWN_TEXT), "allow-exposure"),
        (pod(hostNetwork=UNKNOWN_TEXT), "hostNetwork"),
        (pod(initContainers=UNKNOWN_TEXT), "spec.template.spec.initContainers"),
        (pod(initContainers=[{"ports": [{"hostPort": UNKNOWN_TEXT}]}]), "hostPort"),
        (thing("v1", "Service", "cart", UNKNOWN_MAP), "spec.type"),
        (thing("v1", "Service", "cart", {}, UNKNOWN_TEXT), "metadata.namespace"),
        (thing("apps/v1", "Deployment", "cart", {}, UNKNOWN_TEXT), "metadata.namespace"),
    ],
)
def test_unknown_exposure_is_refused(manifest: Manifest, path: str) -> None:
    messages = violations(EXPOSURE, NS, manifest)
    assert messages
    assert all("plain value" in message for message in messages)
    assert path in messages[0]


def test_a_workload_that_asks_for_the_proxy_itself() -> None:
    alone = pod(hostNetwork=True)
    alone["spec"]["template"]["metadata"]["annotations"] = {linkerd.INJECT: "enabled"}
    assert len(violations(EXPOSURE, alone)) == 1
    out = pod(hostNetwork=True)
    out["spec"]["template"]["metadata"]["annotations"] = {linkerd.INJECT: "disabled"}
    assert violations(EXPOSURE, NS, out) == []


def test_what_a_system_exposes_hides_nothing_else() -> None:
    gate = service(type="NodePort")
    system = {**gate, "metadata": {"name": "web", "namespace": "linkerd-viz"}}
    assert len(violations(EXPOSURE, NS, namespace("linkerd-viz"), system, gate)) == 1


@pytest.mark.parametrize(("manifest", "path"), EXPOSED)
def test_another_stacks_meshed_namespace_counts(manifest: Manifest, path: str) -> None:
    (message,) = violations(EXPOSURE, manifest, meshedNamespaces=["shop"])
    assert message.startswith(f"Remove {path} from {manifest['kind']} shop/cart, or say in ")
    assert violations(EXPOSURE, manifest, meshedNamespaces=["other"]) == []


def test_a_meshed_namespace_of_an_unknown_name_may_be_any() -> None:
    assert len(violations(EXPOSURE, namespace(UNKNOWN_TEXT), service(type="NodePort"))) == 1
