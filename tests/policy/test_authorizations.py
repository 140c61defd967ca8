from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import LIMIT, REASON, authorization, policy_object
from tests.policy.support import UNKNOWN_TEXT, Manifest, violations

RULE = "linkerd-authorization-strict-mtls"


OPEN = [
    policy_object("Server", {"accessPolicy": "all-unauthenticated"}),
    policy_object("Server", {"accessPolicy": "audit"}),
    policy_object(
        "ServerAuthorization", {"server": {"name": "api"}, "client": {"unauthenticated": True}}
    ),
    policy_object(
        "ServerAuthorization",
        {"server": {"name": "api"}, "client": {"meshTLS": {"unauthenticatedTLS": True}}},
    ),
    policy_object("AuthorizationPolicy", authorization("NetworkAuthentication")),
    policy_object("AuthorizationPolicy", authorization()),
    policy_object(
        "AuthorizationPolicy", authorization("NetworkAuthentication", target="HTTPRoute")
    ),
]
CLOSED = [
    policy_object("Server", {"port": "http"}),
    policy_object("Server", {"accessPolicy": "deny"}),
    policy_object("Server", {"accessPolicy": "all-authenticated"}),
    policy_object(
        "ServerAuthorization",
        {"server": {"name": "api"}, "client": {"meshTLS": {"identities": ["*"]}}},
    ),
    policy_object("AuthorizationPolicy", authorization("MeshTLSAuthentication")),
    policy_object("AuthorizationPolicy", authorization("ServiceAccount", "NetworkAuthentication")),
]


def declared(manifest: Manifest, annotations: dict[str, str] = REASON) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}}


@pytest.mark.parametrize("manifest", CLOSED)
def test_closed_objects_pass(manifest: Manifest) -> None:
    assert violations(RULE, manifest) == []
    assert violations(LIMIT, manifest, maxGateways=0) == []


PATHS = [
    "spec.accessPolicy",
    "spec.accessPolicy",
    "spec.client.unauthenticated",
    "spec.client.meshTLS.unauthenticatedTLS",
    *3 * ["spec.requiredAuthenticationRefs"],
]


@pytest.mark.parametrize(("manifest", "path"), list(zip(OPEN, PATHS, strict=True)))
def test_open_objects_are_refused(manifest: Manifest, path: str) -> None:
    (message,) = violations(RULE, manifest)
    assert f"{manifest['kind']} shop/api" in message
    assert f": {path} lets clients without a mesh identity in." in message


@pytest.mark.parametrize("manifest", OPEN)
def test_a_declared_gateway_passes(manifest: Manifest) -> None:
    assert violations(RULE, declared(manifest)) == []
    assert violations(LIMIT, declared(manifest)) == []
    assert len(violations(LIMIT, declared(manifest), maxGateways=0)) == 1


@pytest.mark.parametrize("reason", ["", "true", "   short   "])
def test_the_reason_must_say_something(reason: str) -> None:
    weak = declared(OPEN[0], {"policy.linkerd-platform.dev/allow-unauthenticated": reason})
    assert len(violations(RULE, weak)) == 1


def test_ten_characters_are_a_reason() -> None:
    key = "policy.linkerd-platform.dev/allow-unauthenticated"
    assert violations(RULE, declared(OPEN[0], {key: "ten  chars"})) == []
    assert len(violations(RULE, declared(OPEN[0], {key: "nine char"}))) == 1


def test_an_unknown_reason_is_refused() -> None:
    unknown = declared(OPEN[0], dict.fromkeys(REASON, UNKNOWN_TEXT))
    (message,) = violations(RULE, unknown)
    assert "plain value" in message


@pytest.mark.parametrize("manifest", OPEN)
def test_a_list_of_gateways_is_final(manifest: Manifest) -> None:
    assert violations(RULE, manifest, gateways=["shop/api"]) == []
    assert len(violations(RULE, declared(manifest), gateways=["shop/web"])) == 1


@pytest.mark.parametrize(
    "manifest",
    [
        policy_object("AuthorizationPolicy", authorization(target="Namespace", name="shop")),
        policy_object(
            "ServerAuthorization",
            {"server": {"selector": {"matchLabels": {}}}, "client": {"unauthenticated": True}},
        ),
    ],
)
def test_no_declaration_opens_more_than_one_server(manifest: Manifest) -> None:
    (message,) = violations(RULE, declared(manifest))
    assert message.startswith("Name one Server")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Server", {"accessPolicy": UNKNOWN_TEXT}),
        ("Server", UNKNOWN_TEXT),
        ("ServerAuthorization", {"client": {"unauthenticated": UNKNOWN_TEXT}}),
        ("AuthorizationPolicy", {"requiredAuthenticationRefs": UNKNOWN_TEXT}),
        (
            "AuthorizationPolicy",
            {**authorization(target="Namespace"), "requiredAuthenticationRefs": UNKNOWN_TEXT},
        ),
        ("AuthorizationPolicy", {"requiredAuthenticationRefs": [UNKNOWN_TEXT]}),
        ("AuthorizationPolicy", {"requiredAuthenticationRefs": [{"kind": UNKNOWN_TEXT}]}),
    ],
)
def test_unknown_openings_are_refused(kind: str, spec: Any) -> None:
    (message,) = violations(RULE, declared(policy_object(kind, spec)))
    assert "plain value" in message


def test_unknown_siblings_do_not_matter() -> None:
    spec = authorization("MeshTLSAuthentication")
    spec["requiredAuthenticationRefs"][0]["name"] = UNKNOWN_TEXT
    assert violations(RULE, policy_object("AuthorizationPolicy", spec)) == []


def test_the_limit_counts_servers_and_not_objects() -> None:
    same = [declared(OPEN[0]), declared(OPEN[2])]
    assert violations(LIMIT, *same) == []
    other = policy_object("Server", {"accessPolicy": "all-unauthenticated"}, REASON, name="web")
    found = violations(LIMIT, *same, other)
    assert len(found) == 2
    assert all("shop/api, shop/web" in message for message in found)
    assert violations(LIMIT, *same, other, maxGateways=2) == []


def test_linkerds_own_extensions_are_left_alone() -> None:
    own = policy_object("AuthorizationPolicy", authorization("NetworkAuthentication"))
    own["metadata"]["namespace"] = "linkerd-viz"
    assert violations(RULE, own) == []
    assert violations(LIMIT, own, maxGateways=0) == []
    assert len(violations(RULE, own, systemNamespaces=["linkerd"])) == 1
