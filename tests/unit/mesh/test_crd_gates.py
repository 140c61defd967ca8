"""A cluster that refuses the CRDs of limited egress is told before anything is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes.client import ApiException, ApiextensionsV1Api

from components.cluster import crd_gates
from components.cluster.facts import ClusterContext, GatewayCrds
from components.config.stack.settings import Settings
from components.findings import Finding
from tests.unit.mesh.clusters import facts

GATE = "ValidatingAdmissionPolicy 'gke-gateway' denied request: managed by GKE"
WEBHOOK = 'admission webhook "crds.example" denied the request: no'
STANDARD = GatewayCrds(version=(1, 2, 1), owner="pulumi", channel="standard")
LIMITED: dict[str, Any] = {"egress": "limited"}


def found(
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, str] | None,
    crds: GatewayCrds | None = None,
    **linkerd: Any,
) -> list[Finding]:
    def create(_: object, body: Any, **options: Any) -> None:
        assert options["dry_run"] == "All"
        assert body["metadata"]["name"] == "tcproutes.gateway.networking.k8s.io"
        assert "experimental" in body["metadata"]["annotations"].values()
        if answer is not None:
            failed = ApiException(status=answer[0])
            failed.body = answer[1]
            raise failed

    @contextmanager
    def connected(_: object) -> Iterator[Any]:
        yield None

    monkeypatch.setattr(crd_gates, "connected", connected)
    monkeypatch.setattr(ApiextensionsV1Api, "create_custom_resource_definition", create)
    settings = Settings.model_validate({"linkerd": linkerd})
    context = ClusterContext(settings=settings, facts=facts(gateway_api=crds))
    return list(crd_gates.cluster_takes_the_experimental_crds(context))


@pytest.mark.parametrize("crds", [None, STANDARD])
@pytest.mark.parametrize("message", [GATE, WEBHOOK])
def test_a_gate_is_reported_at_the_key(
    monkeypatch: pytest.MonkeyPatch, crds: GatewayCrds | None, message: str
) -> None:
    body = json.dumps({"kind": "Status", "message": message})
    (finding,) = found(monkeypatch, (422, body), crds, **LIMITED)
    assert finding.path == "linkerd.egress"
    assert message in finding.found
    assert finding.allowed == '"open" on this cluster'


@pytest.mark.parametrize(
    "answer",
    [
        None,
        (409, '{"message": "already exists"}'),
        (403, '{"message": "User \\"ci\\" cannot create resource"}'),
        (500, "no JSON"),
        (500, "[]"),
    ],
)
def test_other_answers_are_no_gate(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str] | None
) -> None:
    assert found(monkeypatch, answer, **LIMITED) == []


@pytest.mark.parametrize(
    ("crds", "linkerd"),
    [
        (GatewayCrds(version=(1, 2, 1), channel="experimental"), LIMITED),
        (STANDARD, {"egress": "open"}),
        (STANDARD, {**LIMITED, "gatewayApi": "external"}),
    ],
)
def test_who_does_not_install_them_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, crds: GatewayCrds, linkerd: dict[str, Any]
) -> None:
    assert found(monkeypatch, (422, GATE), crds, **linkerd) == []
