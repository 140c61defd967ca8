"""A route that only probes match is no gateway; one that lets anything else through is."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from linkerd_policies.reading.probe_routes import opens_probes_only
from tests.policy.objects import LIMIT, REASON, authorization, policy_object
from tests.policy.support import UNKNOWN_TEXT, Manifest, documents, read, violations

ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: probes, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: api}]
  rules: [{matches: [{method: GET, path: {type: Exact, value: /ready}}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      containers:
        - {name: api, image: api, readinessProbe: {httpGet: {path: /ready, port: http}}}
"""


def opener(kind: str = "HTTPRoute") -> Manifest:
    spec = authorization("NetworkAuthentication", target=kind, name="probes")
    spec["targetRef"]["group"] = "gateway.networking.k8s.io"
    return policy_object("AuthorizationPolicy", spec, REASON, name="probes")


def test_a_route_of_probes_is_no_gateway() -> None:
    assert violations(LIMIT, opener(), *documents(ROUTE), maxGateways=0) == []


def test_gateways_beside_a_route_of_probes_count() -> None:
    gateway = policy_object("Server", {"accessPolicy": "all-unauthenticated"}, REASON)
    (message,) = violations(LIMIT, opener(), *documents(ROUTE), gateway, maxGateways=0)
    assert message.startswith("Close shop/api, opened by Server shop/api")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("method", "POST"),
        ("method", None),
        ("method", UNKNOWN_TEXT),
        ("path", {"type": "PathPrefix", "value": "/ready"}),
        ("path", {"type": "Exact", "value": "/admin"}),
        ("path", {"type": "Exact", "value": UNKNOWN_TEXT}),
    ],
)
def test_a_route_of_more_than_probes_is_one(key: str, value: Any) -> None:
    route, deployment = documents(ROUTE)
    match = copy.deepcopy(route["spec"]["rules"][0]["matches"][0])
    match[key] = value
    for matches in ([match], [match, *route["spec"]["rules"][0]["matches"]], []):
        route["spec"]["rules"] = [{"matches": matches}]
        assert len(violations(LIMIT, opener(), route, deployment, maxGateways=0)) == 1
        route = documents(ROUTE)[0]


def test_nothing_else_of_that_name_or_elsewhere_counts() -> None:
    route, deployment = documents(ROUTE)
    found = [
        [opener("Server"), route, deployment],
        [opener(), deployment],
        [opener(), route],
        [opener(), {**route, "metadata": {"name": "probes", "namespace": "other"}}, deployment],
        [opener(), route, {**deployment, "metadata": {"name": "api", "namespace": "other"}}],
    ]
    for manifests in found:
        assert len(violations(LIMIT, *manifests, maxGateways=0)) == 1


def test_a_route_in_an_unknown_namespace_may_be_another_one() -> None:
    manifests = [opener(), *documents(ROUTE)]
    assert opens_probes_only(read(manifests)[0], read(manifests))
    for manifest in manifests:
        manifest["metadata"]["namespace"] = UNKNOWN_TEXT
    assert not opens_probes_only(read(manifests)[0], read(manifests))
