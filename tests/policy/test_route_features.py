from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, violations

RULE = "linkerd-route-features"
SERVICE = {"group": "", "kind": "Service", "name": "cart", "port": 80}
GATEWAY = {"name": "public"}
DONE = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"]
NOT_DONE = ["CORS", "URLRewrite", "RequestMirror", "ExtensionRef", "ExternalAuth"]

each_kind = pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])


def route(kind: str, rule: Any, *parents: Any) -> Manifest:
    spec = {"parentRefs": list(parents or [SERVICE]), "rules": [{}, rule]}
    return thing("gateway.networking.k8s.io/v1", kind, "cart", spec)


@each_kind
@pytest.mark.parametrize("name", NOT_DONE)
def test_filters_that_linkerd_does_not_have(kind: str, name: str) -> None:
    filters = {"filters": [{"type": DONE[0]}, {"type": name}]}
    (message,) = violations(RULE, route(kind, filters))
    assert f"Remove spec.rules[1].filters[1] ({name}) from {kind} shop/cart" in message
    assert "ignores the whole route" in message
    backend = {"backendRefs": [{"name": "cart", "port": 80, **filters}]}
    (message,) = violations(RULE, route(kind, backend))
    assert f"spec.rules[1].backendRefs[0].filters[1] ({name})" in message
    assert "with errors" in message
    assert len(violations(RULE, route(kind, filters, SERVICE, GATEWAY))) == 1
    assert violations(RULE, route(kind, filters, GATEWAY)) == []


@each_kind
@pytest.mark.parametrize("name", DONE)
def test_filters_that_linkerd_has(kind: str, name: str) -> None:
    assert violations(RULE, route(kind, {"filters": [{"type": name}]})) == []


@each_kind
@pytest.mark.parametrize(
    ("key", "value"), [("retry", {"attempts": 3}), ("sessionPersistence", {"type": "Cookie"})]
)
def test_fields_without_effect(kind: str, key: str, value: Any) -> None:
    (message,) = violations(RULE, route(kind, {key: value}))
    assert f"Remove spec.rules[1].{key} from {kind} shop/cart" in message
    assert violations(RULE, route(kind, {key: value}, SERVICE, GATEWAY)) == []
    assert violations(RULE, route(kind, {key: value}, GATEWAY)) == []


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"filters": UNKNOWN_TEXT}, "spec.rules[1].filters"),
        ({"filters": [{"type": UNKNOWN_TEXT}]}, "spec.rules[1].filters[0].type"),
        ({"filters": [UNKNOWN_MAP]}, "spec.rules[1].filters[0].type"),
    ],
)
def test_unknown_filters_are_refused(rule: Any, path: str) -> None:
    (message,) = violations(RULE, route("HTTPRoute", rule))
    assert message.startswith(f"Write {path} of")


def test_a_filter_of_another_name_is_not_shown() -> None:
    (message,) = violations(RULE, route("HTTPRoute", {"filters": [{"type": "hunter-two"}]}))
    assert "hunter-two" not in message
