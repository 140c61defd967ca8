"""Objects outside of any namespace: what somebody else made is refused before any change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import (
    AdmissionregistrationV1Api,
    ApiException,
    ApiextensionsV1Api,
    AppsV1Api,
    CoreV1Api,
)

from components.cluster import cluster_wide
from components.cluster.facts import ClusterContext
from components.config.stack.admission import Admission
from components.config.stack.settings import Settings
from components.findings import Finding
from components.security.gates import gates
from tests.unit.components import program
from tests.unit.mesh.clusters import facts

POLICY = "list_validating_admission_policy"
BINDING = "list_validating_admission_policy_binding"
MUTATING = "list_mutating_webhook_configuration"
VALIDATING = "list_validating_webhook_configuration"
CRDS = "list_custom_resource_definition"
DEPLOYMENTS = "list_deployment_for_all_namespaces"
SPACES = "list_namespace"
QUESTIONS = {
    POLICY: AdmissionregistrationV1Api,
    BINDING: AdmissionregistrationV1Api,
    MUTATING: AdmissionregistrationV1Api,
    VALIDATING: AdmissionregistrationV1Api,
    CRDS: ApiextensionsV1Api,
    DEPLOYMENTS: AppsV1Api,
    SPACES: CoreV1Api,
}
EVERYTHING = {
    "namespace": "shop",
    "admission": {"mode": "deny"},
    "linkerd": {
        "viz": "install",
        "smi": "install",
        "flagger": "install",
        "highAvailability": True,
    },
}
GATE = "shop-pod-strict-mtls"
INJECTOR = "linkerd-proxy-injector-webhook-config"
TAP = "linkerd-tap-injector-webhook-config"
SPLITS = "trafficsplits.split.smi-spec.io"
MARK = "config.linkerd.io/admission-webhooks"


def thing(
    name: str, *, helm: str = "", manager: str = "kubectl-create", **labels: str
) -> SimpleNamespace:
    """An object; ``helm`` is its release as ``namespace/name``."""
    space, _, release = helm.partition("/")
    annotations = {
        "meta.helm.sh/release-name": release,
        "meta.helm.sh/release-namespace": space,
    }
    metadata = SimpleNamespace(
        name=name,
        namespace="elsewhere",
        labels=labels or None,
        annotations=annotations if helm else None,
        managed_fields=[SimpleNamespace(manager=manager)],
    )
    return SimpleNamespace(metadata=metadata)


def part(name: str, manager: str = "pulumi-kubernetes-1a2b3c4d") -> SimpleNamespace:
    return thing(name, manager=manager, **{"app.kubernetes.io/part-of": "linkerd-platform"})


def refused(
    monkeypatch: pytest.MonkeyPatch, there: Mapping[str, Any], **settings: Any
) -> list[Finding]:
    """What is found where the cluster answers so: objects, or the status of a refusal."""

    def answering(question: str) -> Any:
        def answer(_: object, **options: Any) -> Any:
            found = there.get(question, [])
            if isinstance(found, int):
                raise ApiException(status=found)
            selected = options.get("field_selector", "").removeprefix("metadata.name=")
            items = [one for one in found if selected in ("", one.metadata.name)]
            return SimpleNamespace(items=items)

        return answer

    @contextmanager
    def connected(_: object) -> Iterator[Any]:
        yield None

    for question, api in QUESTIONS.items():
        monkeypatch.setattr(api, question, answering(question))
    monkeypatch.setattr(cluster_wide, "connected", connected)
    chosen = Settings.model_validate({**EVERYTHING, **settings})
    context = ClusterContext(settings=chosen, facts=facts(), stack="linkerd-platform/prod")
    return list(cluster_wide.cluster_wide_objects_are_the_stacks(context))


OURS = {
    POLICY: [part(GATE), thing("theirs-pod-strict-mtls"), thing("shop-other")],
    BINDING: [part(GATE)],
    MUTATING: [
        thing(INJECTOR, helm="linkerd/linkerd-control-plane"),
        thing(TAP, helm="linkerd-viz/linkerd-viz"),
        thing("cert-manager-webhook"),
    ],
    CRDS: [thing(SPLITS, helm="linkerd-smi/linkerd-smi"), thing("canaries.flagger.app")],
    DEPLOYMENTS: [thing("flagger", helm="flagger-system/flagger"), thing("web")],
    SPACES: [thing("kube-system", **{MARK: "disabled"})],
}


@pytest.mark.parametrize(
    "there",
    [{}, OURS, {POLICY: 404, BINDING: 404, MUTATING: 403, VALIDATING: 403, DEPLOYMENTS: 403}],
    ids=["empty", "ours", "not told"],
)
def test_a_cluster_with_nothing_of_others(
    monkeypatch: pytest.MonkeyPatch, there: Mapping[str, Any]
) -> None:
    assert refused(monkeypatch, there) == []


@pytest.mark.parametrize(
    ("there", "path", "words"),
    [
        ({POLICY: [thing(GATE)]}, "admission.mode", f'ValidatingAdmissionPolicy "{GATE}"'),
        ({POLICY: [part(GATE, "kubectl-create")]}, "admission.mode", "kubectl-create"),
        ({POLICY: [thing(GATE, manager="pulumi-kubernetes-9")]}, "admission.mode", GATE),
        ({BINDING: [thing(GATE)]}, "admission.mode", "ValidatingAdmissionPolicyBinding"),
        ({MUTATING: [thing(INJECTOR)]}, "linkerd", "which somebody else made with kubectl-create"),
        (
            {VALIDATING: [thing("linkerd-sp-validator-webhook-config", helm="mesh/linkerd2")]},
            "linkerd",
            'the Helm release linkerd2 in the namespace "mesh"',
        ),
        ({MUTATING: [thing(TAP, helm="tools/linkerd-viz")]}, "linkerd.viz", TAP),
        ({CRDS: [thing(SPLITS)]}, "linkerd.smi", f'the CRD "{SPLITS}"'),
        ({CRDS: [thing(SPLITS, helm="smi/linkerd-smi")]}, "linkerd.smi", '"smi"'),
        ({DEPLOYMENTS: [thing("flagger", helm="cd/flagger")]}, "linkerd.flagger", '"elsewhere"'),
        ({SPACES: [thing("kube-system", **{MARK: "on"})]}, "linkerd.highAvailability", '"on"'),
    ],
)
def test_what_somebody_else_made_is_refused(
    monkeypatch: pytest.MonkeyPatch, there: Mapping[str, Any], path: str, words: str
) -> None:
    (finding,) = refused(monkeypatch, there)
    assert finding.path == path
    assert words in finding.found
    assert finding.fix


def test_what_the_stack_does_not_make_may_be_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {
        POLICY: [thing(GATE)],
        MUTATING: [thing(TAP)],
        CRDS: [thing(SPLITS)],
        DEPLOYMENTS: [thing("flagger")],
        SPACES: [thing("kube-system", **{MARK: "on"})],
    }
    linkerd = {"viz": "external", "smi": "external", "flagger": "external"}
    assert refused(monkeypatch, there, admission={"mode": "off"}, linkerd=linkerd) == []


def test_every_gate_is_looked_for() -> None:
    assert set(cluster_wide.GATES) == {gate.name for gate in gates(Admission())}


@pytest.mark.slow
def test_the_releases_are_the_programs() -> None:
    linkerd = {"release": "2.20", "smi": "install", "flagger": "install", "viz": "install"}
    releases = program.run("dev", kubernetes=(1, 33), linkerd=linkerd).of(
        "kubernetes:helm.sh/v3:Release"
    )
    made = {(one.get("name"), one.get("namespace")) for one in releases.values()}
    assert {
        ("linkerd-control-plane", "linkerd"),
        ("linkerd-viz", "linkerd-viz"),
        ("linkerd-smi", "linkerd-smi"),
        ("flagger", "flagger-system"),
    } <= made
