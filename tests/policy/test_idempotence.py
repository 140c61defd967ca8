from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.reading.methods import unsafe_of_condition, unsafe_of_rules
from tests.policy.objects import thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, notes, violations

RULE = "linkerd-retry-idempotent"
MARK = "policy.linkerd-platform.dev/idempotent"
REASON = "each charge carries an idempotency key"

GET: dict[str, Any] = {"method": "GET"}
POST: dict[str, Any] = {"method": "POST"}
PATCH: dict[str, Any] = {"method": "PATCH"}
PATH: dict[str, Any] = {"pathRegex": "/charge"}


def profile(*routes: Any, mark: Any = None) -> Manifest:
    annotations = {} if mark is None else {MARK: mark}
    name = "pay.shop.svc.cluster.local"
    spec = {"routes": list(routes)}
    return thing("linkerd.io/v1alpha2", "ServiceProfile", name, spec, **annotations)


def route(condition: Any, name: str = "POST /charge", **more: Any) -> dict[str, Any]:
    return {"name": name, "condition": condition, "isRetryable": True, **more}


HTTP_ROUTES = ["gateway.networking.k8s.io/v1", "policy.linkerd.io/v1beta3"]


def annotated(
    kind: str, spec: Any = None, version: str = HTTP_ROUTES[0], **annotations: Any
) -> Manifest:
    found = {
        f"retry.linkerd.io/{key}" if key != "mark" else MARK: value
        for key, value in annotations.items()
    }
    return thing("v1" if kind == "Service" else version, kind, "pay", spec, **found)


def rules(*matches: Any) -> dict[str, Any]:
    return {"rules": [{"matches": list(matches)}]}


@pytest.mark.parametrize(
    ("condition", "methods"),
    [
        (None, ("POST", "PATCH")),
        ({}, ("POST", "PATCH")),
        (PATH, ("POST", "PATCH")),
        (POST, ("POST",)),
        ({"method": "post"}, ("POST",)),
        (PATCH, ("PATCH",)),
        ({"method": "CHARGE"}, ("CHARGE",)),
        ({**POST, **PATH}, ("POST",)),
        ({"all": [POST, PATH]}, ("POST",)),
        ({"all": [PATH]}, ("POST", "PATCH")),
        ({"any": [GET, PATCH]}, ("PATCH",)),
        ({"any": [GET, PATH]}, ("POST", "PATCH")),
        ({"any": [{"all": [GET, PATH]}, {"all": [POST, PATH]}]}, ("POST",)),
        ({"all": [{"any": [GET, POST]}, {"any": [POST, PATCH]}]}, ("POST",)),
        ({"not": GET}, ("POST", "PATCH")),
        ({"not": POST}, ("PATCH",)),
        ({"not": PATH}, ("POST", "PATCH")),
        ({"not": {"not": PATCH}}, ("PATCH",)),
        ({"not": {"all": [POST, PATH]}}, ("POST", "PATCH")),
        ({"not": {"any": [GET, PATH]}}, ("POST", "PATCH")),
        ({"all": [PATH, {"not": {"any": [GET, {"method": "DELETE"}]}}]}, ("POST", "PATCH")),
        (GET, ()),
        ({"method": "PUT"}, ()),
        ({"method": "DELETE"}, ()),
        ({"all": [GET, PATH]}, ()),
        ({"any": [GET, {"method": "HEAD"}]}, ()),
        ({"all": [PATH, {"any": [GET, {"method": "OPTIONS"}]}]}, ()),
        ({"not": {"any": [POST, PATCH]}}, ()),
        ({"all": [{"not": POST}, {"not": PATCH}]}, ()),
        ({"all": [GET, POST]}, ()),
        ({"all": [POST, {"not": POST}]}, ()),
    ],
)
def test_methods_of_a_condition(condition: Any, methods: tuple[str, ...]) -> None:
    assert unsafe_of_condition(condition) == methods
    found = violations(RULE, profile(route(GET), route(condition)))
    assert len(found) == bool(methods)
    assert all('"POST /charge" (spec.routes[1])' in message for message in found)
    assert violations(RULE, profile(route(condition), mark="POST /charge")) == []


def test_a_condition_that_never_ends_may_match_anything() -> None:
    condition: dict[str, Any] = GET
    for _ in range(100):
        condition = {"all": [condition]}
    assert unsafe_of_condition(condition) == ("POST", "PATCH")


def test_a_route_that_is_not_retried_needs_no_mark() -> None:
    assert violations(RULE, profile({"name": "POST /", "condition": POST})) == []
    assert violations(RULE, profile({**route(POST), "isRetryable": False})) == []


def test_the_message_says_what_to_do() -> None:
    (message,) = violations(RULE, profile(route(POST)))
    assert message == (
        'Name the route "POST /charge" (spec.routes[0]) in metadata.annotations["'
        f'{MARK}"] of ServiceProfile shop/pay.shop.svc.cluster.local if the service recognises a '
        "repeated request; otherwise restrict its condition to methods such as GET, or take "
        "isRetryable away: it retries POST, which may do its work twice."
    )


@pytest.mark.parametrize(
    ("mark", "count"),
    [
        ("POST /charge", 1),
        ("POST /charge, POST /refund", 0),
        ("POST /charge,POST /refund", 0),
        (" POST /refund , POST /charge ", 0),
        ("POST /refunds, POST /charge", 1),
        ("PRE POST /refund", 2),
        ("true", 2),
        ("", 2),
        (True, 2),
    ],
)
def test_a_profile_marks_each_route(mark: Any, count: int) -> None:
    routes = (route(POST), route(POST, "POST /refund"))
    assert len(violations(RULE, profile(*routes, mark=mark))) == count


def test_a_name_may_have_commas_but_not_be_empty() -> None:
    assert violations(RULE, profile(route(POST, "POST /a,b"), mark="POST /a,b, POST /c")) == []
    assert len(violations(RULE, profile(route(POST, ""), mark="a, , b"))) == 1


def test_names_of_another_form_are_not_shown() -> None:
    (message,) = violations(RULE, profile(route(POST, "hunter-two")))
    assert "hunter-two" not in message
    assert "the name of spec.routes[0]" in message


@pytest.mark.parametrize(
    ("found", "mark", "path"),
    [
        (route(UNKNOWN_MAP), None, "spec.routes[0].condition"),
        (route({"method": UNKNOWN_TEXT}), None, "spec.routes[0].condition"),
        (route({"all": [PATH, UNKNOWN_MAP]}), None, "spec.routes[0].condition"),
        (route({"any": UNKNOWN_TEXT}), None, "spec.routes[0].condition"),
        (route({"not": UNKNOWN_MAP}), None, "spec.routes[0].condition"),
        (route(POST), UNKNOWN_TEXT, f'metadata.annotations["{MARK}"]'),
        (route(POST, UNKNOWN_TEXT), "POST /charge", "spec.routes[0].name"),
    ],
)
def test_unknown_parts_of_a_profile_are_refused(found: Any, mark: Any, path: str) -> None:
    (message,) = violations(RULE, profile(found, mark=mark))
    assert message.startswith(f"Write {path} of")


def test_an_unknown_path_does_not_matter() -> None:
    assert violations(RULE, profile(route({**GET, "pathRegex": UNKNOWN_TEXT}))) == []


@pytest.mark.parametrize(
    ("spec", "methods"),
    [
        ({}, ("POST", "PATCH")),
        ({"rules": []}, ("POST", "PATCH")),
        ({"rules": [{"backendRefs": []}]}, ("POST", "PATCH")),
        (rules(), ("POST", "PATCH")),
        (rules({"path": {"value": "/a"}}), ("POST", "PATCH")),
        (rules(GET, POST), ("POST",)),
        (rules(GET, PATCH), ("PATCH",)),
        ({"rules": [rules(GET)["rules"][0], rules(PATCH)["rules"][0]]}, ("PATCH",)),
        ({"rules": [rules(GET)["rules"][0], {}]}, ("POST", "PATCH")),
        (rules({"method": "CONNECT"}), ("CONNECT",)),
        (rules(GET, {"method": "PUT"}), ()),
        (rules({**GET, "path": {"value": "/a"}}), ()),
    ],
)
@pytest.mark.parametrize("version", HTTP_ROUTES)
@pytest.mark.parametrize("key", ["http", "grpc"])
def test_methods_of_an_http_route(
    spec: dict[str, Any], methods: tuple[str, ...], version: str, key: str
) -> None:
    assert unsafe_of_rules(spec.get("rules")) == methods
    found = violations(RULE, annotated("HTTPRoute", spec, version, **{key: "5xx"}))
    assert len(found) == bool(methods)
    assert all("HTTPRoute shop/pay" in message for message in found)
    assert all("restrict matches[].method" in message for message in found)
    marked = annotated("HTTPRoute", spec, version, **{key: "5xx"}, mark=REASON)
    assert violations(RULE, marked) == []


@pytest.mark.parametrize("kind", ["Service", "GRPCRoute"])
@pytest.mark.parametrize("key", ["http", "grpc", "limit", "timeout"])
def test_services_and_grpc_routes_need_the_mark(kind: str, key: str) -> None:
    (message,) = violations(RULE, annotated(kind, **{key: "1"}))
    assert f'metadata.annotations["{MARK}"] of {kind} shop/pay' in message
    assert violations(RULE, annotated(kind, **{key: "1"}, mark=REASON)) == []


@pytest.mark.parametrize("mark", ["", "true", "   short   ", 7, True])
def test_a_mark_says_why(mark: Any) -> None:
    (message,) = violations(RULE, annotated("Service", http="5xx", mark=mark))
    assert "in 10 characters or more" in message


@pytest.mark.parametrize("kind", ["Service", "GRPCRoute", "HTTPRoute"])
def test_what_is_not_retried_needs_no_mark(kind: str) -> None:
    assert violations(RULE, annotated(kind)) == []
    assert violations(RULE, annotated(kind, limit="0")) == []


@pytest.mark.parametrize("kind", ["Service", "GRPCRoute", "HTTPRoute"])
def test_linkerd_takes_a_limit_of_zero_for_its_default(kind: str) -> None:
    assert len(violations(RULE, annotated(kind, http="5xx", limit="0"))) == 1


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (annotated("Service", http="5xx", mark=UNKNOWN_TEXT), f'metadata.annotations["{MARK}"]'),
        (annotated("HTTPRoute", {"rules": UNKNOWN_TEXT}, http="5xx"), "spec.rules"),
        (annotated("HTTPRoute", {"rules": [UNKNOWN_MAP]}, http="5xx"), "spec.rules"),
        (annotated("HTTPRoute", rules(UNKNOWN_MAP), http="5xx"), "spec.rules"),
        (annotated("HTTPRoute", rules({"method": UNKNOWN_TEXT}), http="5xx"), "spec.rules"),
    ],
)
def test_unknown_parts_of_a_route_are_refused(found: Manifest, path: str) -> None:
    (message,) = violations(RULE, found)
    assert message.startswith(f"Write {path} of")


def test_unknown_annotations_wait_for_the_values() -> None:
    unknown = annotated("Service")
    unknown["metadata"]["annotations"] = UNKNOWN_MAP
    assert violations(RULE, unknown) == []
    assert len(notes(RULE, unknown)) == 1
