"""The evaluator of the matrix tests, on the examples of Linkerd's own reference.

Source: https://linkerd.io/2-edge/reference/authorization-policy/
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.cluster.linkerd.authorization import (
    Client,
    LinkerdPolicy,
    Manifest,
    Request,
    allowed,
    identity,
)

WEB = Client("10.1.2.3", identity("web", "emojivoto"))
OTHER = Client("10.1.2.4", identity("curl", "default"))
UNMESHED = Client("10.1.2.5")
OUTSIDE = Client("203.0.113.7")
UNPROBED = Request(path="/x")
EVERYBODY = (WEB, OTHER, UNMESHED, OUTSIDE)

OBJECTS = """
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {namespace: emojivoto, name: voting}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [voting, voting-v2]}]}
  port: http
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {namespace: emojivoto, name: voting}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: voting}
  requiredAuthenticationRefs:
    - {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {namespace: emojivoto, name: clients}
spec: {identityRefs: [{kind: ServiceAccount, name: web}]}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {namespace: emojivoto, name: cluster}
spec: {networks: [{cidr: 10.0.0.0/8, except: [10.1.2.5/32]}]}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: emojivoto, name: vote}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: voting}]
  rules: [{matches: [{method: POST, path: {type: Exact, value: /vote}}]}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {namespace: emojivoto, name: vote}
spec:
  targetRef: {group: gateway.networking.k8s.io, kind: HTTPRoute, name: vote}
  requiredAuthenticationRefs:
    - {group: policy.linkerd.io, kind: NetworkAuthentication, name: cluster}
"""


def pod(policy: str = "all-authenticated", app: str = "voting", **annotations: str) -> Manifest:
    probe = {"httpGet": {"path": "/ready", "port": "http"}}
    containers = [
        {
            "name": "main",
            "ports": [{"name": "http", "containerPort": 8080}],
            "readinessProbe": probe,
        },
        {"name": "linkerd-proxy"},
    ]
    return {
        "metadata": {
            "namespace": "emojivoto",
            "labels": {"app": app},
            "annotations": {"config.linkerd.io/default-inbound-policy": policy, **annotations},
        },
        "spec": {"containers": containers},
    }


def who(
    pod: Manifest,
    *texts: str,
    port: int = 8080,
    request: Request = UNPROBED,
    drop: str = "",
    **changes: Any,
) -> list[Client]:
    """Those that come through; ``changes`` are of the Server's spec, ``drop`` a kind left out."""
    objects = [o for text in texts for o in yaml.safe_load_all(text) if o["kind"] != drop]
    for each in objects:
        if each["kind"] == "Server":
            each["spec"].update(changes)
    layers = [LinkerdPolicy(objects)]
    return [client for client in EVERYBODY if allowed(layers, client, pod, port, request)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("all-unauthenticated", [WEB, OTHER, UNMESHED, OUTSIDE]),
        ("audit", [WEB, OTHER, UNMESHED, OUTSIDE]),
        ("all-authenticated", [WEB, OTHER]),
        ("cluster-authenticated", [WEB, OTHER]),
        ("cluster-unauthenticated", [WEB, OTHER, UNMESHED]),
        ("deny", []),
    ],
)
def test_default_policies(policy: str, expected: list[Client]) -> None:
    assert who(pod(policy)) == expected
    # The same words hold for a Server that authorizes nobody.
    assert who(pod(), OBJECTS, drop="AuthorizationPolicy", accessPolicy=policy) == expected


def test_a_meshed_client_of_another_cluster_is_outside() -> None:
    far = Client("203.0.113.9", identity("web", "emojivoto"))
    request = Request()
    assert LinkerdPolicy([]).allows(far, pod("all-authenticated"), 8080, request)
    assert not LinkerdPolicy([]).allows(far, pod("cluster-authenticated"), 8080, request)


def test_a_server_takes_the_place_of_the_default() -> None:
    assert who(pod("all-unauthenticated"), OBJECTS) == [WEB]
    assert who(pod("all-unauthenticated"), OBJECTS, drop="AuthorizationPolicy") == []
    assert who(pod("all-unauthenticated"), OBJECTS, drop="MeshTLSAuthentication") == []
    assert who(pod("deny"), OBJECTS) == [WEB]


def test_a_server_is_of_the_pods_and_the_port_that_it_selects() -> None:
    assert who(pod(), OBJECTS, port=9090) == [WEB, OTHER]
    assert who(pod(app="web"), OBJECTS) == [WEB, OTHER]
    assert who(pod(app="voting-v2"), OBJECTS) == [WEB]
    assert who(pod(), OBJECTS, port=8080, podSelector={"matchLabels": {"app": "web"}}) == [
        WEB,
        OTHER,
    ]


def test_two_servers_of_one_port_are_a_mistake() -> None:
    other = OBJECTS.replace("name: voting}", "name: voting2}")
    with pytest.raises(AssertionError, match="voting2"):
        who(pod(), OBJECTS, other)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{identities: ['*']}", [WEB, OTHER]),
        ("{identities: ['*.default.serviceaccount.identity.linkerd.cluster.local']}", [OTHER]),
        ("{identities: [web.emojivoto.serviceaccount.identity.linkerd.cluster.local]}", [WEB]),
        ("{identityRefs: [{kind: Namespace, name: default}]}", [OTHER]),
        ("{identityRefs: [{kind: ServiceAccount, name: curl, namespace: default}]}", [OTHER]),
        ("{identityRefs: [{kind: ServiceAccount, name: curl}]}", []),
    ],
)
def test_identities(spec: str, expected: list[Client]) -> None:
    text = OBJECTS.replace("{identityRefs: [{kind: ServiceAccount, name: web}]}", spec)
    assert text != OBJECTS
    assert who(pod(), text) == expected


def test_every_required_authentication_has_to_hold() -> None:
    second = "\n    - {group: policy.linkerd.io, kind: NetworkAuthentication, name: cluster}"
    clients = "kind: MeshTLSAuthentication, name: clients}"
    assert who(pod(), OBJECTS.replace(clients, clients + second)) == [WEB]
    only = OBJECTS.replace(clients, "kind: NetworkAuthentication, name: cluster}")
    assert who(pod(), only) == [WEB, OTHER]  # the third address is an exception of the network
    nobody = OBJECTS.replace("requiredAuthenticationRefs:", "requiredAuthenticationRefs: []\n  x:")
    assert who(pod(), nobody) == [WEB, OTHER, UNMESHED, OUTSIDE]


def test_probes_pass_a_server_without_routes() -> None:
    ready = Request(path="/ready")
    for policy in ("all-authenticated", "deny"):
        assert who(pod(policy), request=ready) == list(EVERYBODY)
        assert who(pod(policy), OBJECTS, request=ready) == list(EVERYBODY)
    assert who(pod(), OBJECTS, request=Request("POST", "/ready")) == [WEB]
    assert who(pod(), OBJECTS, request=Request(path="/ready/x")) == [WEB]
    assert (
        who(pod(), OBJECTS, request=ready, drop="AuthorizationPolicy", proxyProtocol="opaque") == []
    )


def test_routes_are_authorized_by_their_server_or_by_themselves() -> None:
    vote = Request("POST", "/vote")
    assert who(pod(), OBJECTS, "---" + ROUTE, request=vote) == [WEB, OTHER]
    alone = (ROUTE, OBJECTS.partition("---\n")[0], OBJECTS.rpartition("---\n")[2])
    assert who(pod(), *alone, request=vote) == [WEB, OTHER]
    # What no route matches is not found, for those whom the Server itself lets in as well.
    for request in (Request("GET", "/vote"), Request("POST", "/vote/1"), Request(path="/ready")):
        assert who(pod(), OBJECTS, ROUTE, request=request) == []


@pytest.mark.parametrize(
    ("match", "path", "matched"),
    [
        ("{type: PathPrefix, value: /vote}", "/vote/1", True),
        ("{type: PathPrefix, value: /vote}", "/voted", False),
        ("{type: PathPrefix, value: /}", "/voted", True),
        ("{value: /vote}", "/vote", True),
        ("{type: RegularExpression, value: '/v[^/]*'}", "/vote", True),
        ("{type: RegularExpression, value: '/v[^/]*'}", "/vote/1", False),
    ],
)
def test_paths(match: str, path: str, matched: bool) -> None:
    route = ROUTE.replace("{type: Exact, value: /vote}", match)
    assert bool(who(pod(), OBJECTS, route, request=Request("POST", path))) is matched


def test_the_longest_match_decides() -> None:
    prefix = ROUTE.replace("name: vote", "name: rest").replace("Exact, value: /vote", "PathPrefix")
    closed = prefix.partition("---\n")[0]
    server = OBJECTS.partition("---\n")[0]
    objects = (server, ROUTE, closed, OBJECTS.rpartition("---\n")[2])
    assert who(pod(), *objects, request=Request("POST", "/vote")) == [WEB, OTHER]
    assert who(pod(), *objects, request=Request("POST", "/other")) == []


def test_a_pod_without_a_proxy_and_the_proxys_own_ports_refuse_nobody() -> None:
    bare = {**pod("deny"), "spec": {"containers": [{"name": "main"}]}}
    assert who(bare, OBJECTS) == list(EVERYBODY)
    skipping = pod("deny", **{"config.linkerd.io/skip-inbound-ports": "8080,9090"})
    assert who(skipping, OBJECTS) == list(EVERYBODY)
