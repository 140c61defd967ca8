from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.rules.unknown_names.profiles import compiles
from tests.policy.objects import thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, violations

NAME = "linkerd-profile-name"
EXPRESSIONS = "linkerd-path-expressions"
FULL = "cart.shop.svc.cluster.local"


def profile(name: Any = FULL, condition: Any = None) -> Manifest:
    spec = {"routes": [{"name": "r", "condition": condition or {"method": "GET"}}]}
    return thing("linkerd.io/v1alpha2", "ServiceProfile", name, spec)


def http_route(**match: Any) -> Manifest:
    parents = [{"kind": "Service", "name": "cart"}]
    spec = {"parentRefs": parents, "rules": [{"matches": [{}, match]}]}
    return thing("gateway.networking.k8s.io/v1", "HTTPRoute", "cart", spec)


@pytest.mark.parametrize("name", [FULL, "a.b.svc.local", "a-1.b.svc.corp.example.com"])
def test_names_that_linkerd_looks_up(name: str) -> None:
    assert violations(NAME, profile(name)) == []


@pytest.mark.parametrize(
    "name",
    [
        "cart",
        "cart.shop",
        "cart.shop.svc",
        "cart.shop.cluster.local",
        "a.b.c.svc.local",
        f"{FULL}.",
    ],
)
def test_names_that_never_match(name: str) -> None:
    (message,) = violations(NAME, profile(name))
    assert f"Set metadata.name of ServiceProfile shop/{name}" in message


def test_an_unknown_name_is_refused() -> None:
    (message,) = violations(NAME, profile(UNKNOWN_TEXT))
    assert "plain value" in message


def test_hosts_outside_of_the_cluster_can_be_named() -> None:
    assert len(violations(NAME, profile("api.stripe.com"))) == 1
    assert violations(NAME, profile("api.stripe.com"), external=["api.stripe.com"]) == []
    assert len(violations(NAME, profile("api.stripe"), external=["api.stripe.com"])) == 1


BAD = "/items/[^/]*("
REGULAR = {"type": "RegularExpression", "value": BAD}


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (profile(condition={"pathRegex": BAD}), "spec.routes[0].condition.pathRegex"),
        (
            profile(condition={"all": [{"method": "GET"}, {"pathRegex": BAD}]}),
            "spec.routes[0].condition.all[1].pathRegex",
        ),
        (
            profile(condition={"any": [{"not": {"pathRegex": BAD}}]}),
            "spec.routes[0].condition.any[0].not.pathRegex",
        ),
        (http_route(path=REGULAR), "spec.rules[0].matches[1].path.value"),
        (
            http_route(headers=[{"name": "a", "value": BAD}, REGULAR]),
            "spec.rules[0].matches[1].headers[1].value",
        ),
        (http_route(queryParams=[REGULAR]), "spec.rules[0].matches[1].queryParams[0].value"),
    ],
)
def test_expressions_that_do_not_compile(manifest: Manifest, path: str) -> None:
    (message,) = violations(EXPRESSIONS, manifest)
    assert message.startswith(f"Correct {path} of ")
    assert BAD not in message


@pytest.mark.parametrize(
    "manifest",
    [
        profile(condition={"pathRegex": "/items/[^/]*"}),
        http_route(path={"type": "Exact", "value": BAD}),
        http_route(path={"type": "RegularExpression", "value": "/items/.*"}),
        http_route(headers=[{"name": "a", "value": BAD}]),
        profile(UNKNOWN_TEXT),
    ],
)
def test_expressions_that_do(manifest: Manifest) -> None:
    assert violations(EXPRESSIONS, manifest) == []


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (thing("linkerd.io/v1alpha2", "ServiceProfile", FULL, UNKNOWN_MAP), "spec.routes"),
        (profile(condition={"pathRegex": UNKNOWN_TEXT}), "spec.routes[0].condition.pathRegex"),
        (profile(condition=UNKNOWN_MAP), "spec.routes[0].condition.pathRegex"),
        (http_route(path={**REGULAR, "value": UNKNOWN_TEXT}), "matches[1].path.value"),
    ],
)
def test_unknown_expressions_are_refused(manifest: Manifest, path: str) -> None:
    (message,) = violations(EXPRESSIONS, manifest)
    assert path in message
    assert "plain value" in message


@pytest.mark.parametrize(
    "expression",
    ["/", "", "/a/(b|c)", r"/\d+", r"\p{L}+", r"\pL", "(?<id>[0-9]+)", "(?P<id>x)", "a(?i)b",
     r"a\z", r"[\\]", r"[\\-^]", r"\\1", "(?:a)", "[[:alpha:]]"],
)  # fmt: skip
def test_what_the_proxy_reads(expression: str) -> None:
    assert compiles(expression)


@pytest.mark.parametrize(
    "expression",
    ["(", "[", "*a", "a{2,1}", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", r"(a)\1", "(?P<a>x)(?P=a)",
     "(?>a)", "(a)?(?(1)b)", "\\", r"[\\-Z]"],
)  # fmt: skip
def test_what_the_proxy_cannot_read(expression: str) -> None:
    assert not compiles(expression)
