"""Strategies for catalogues and stacks' configs, valid and not: every way to control traffic."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = ("web", "api", "cart", "mail")
GATEWAY = NAMES[0]
OPENAPI = {
    "plain.yaml": {
        "openapi": "3.0.3",
        "paths": {"/items/{id}": {"get": {"responses": {"200": {}}}}},
    },
    "retried.yaml": {
        "swagger": "2.0",
        "basePath": "/v1",
        "paths": {
            "/items": {
                "get": {"x-linkerd-retryable": True, "x-linkerd-timeout": "1s"},
                "post": {"responses": {"201": {}, "503": {}}},
            }
        },
    },
    "unsafe.yaml": {"swagger": "2.0", "paths": {"/pay": {"post": {"x-linkerd-retryable": True}}}},
}
KUBERNETES = {"2.13": (1, 33), "2.14": (1, 28), "2.18": (1, 32), "2.20": (1, 33)}
"""The releases, each with a version of Kubernetes that it supports."""

_DURATIONS = st.sampled_from(["100ms", "500ms", "1s", "1m30s"])
_BUDGETS = st.fixed_dictionaries(
    {},
    optional={
        "ratio": st.sampled_from([0, 0.1, 0.2]),
        "minRetriesPerSecond": st.integers(0, 10),
        "ttl": st.sampled_from(["1s", "10s", "1m"]),
    },
)
_BREAKERS = st.fixed_dictionaries(
    {}, optional={"maxFailures": st.integers(1, 9), "minPenalty": _DURATIONS}
)
_RETRIES = st.fixed_dictionaries({"limit": st.integers(1, 5), "timeout": st.just("100ms")})
_CLASSES = st.lists(
    st.fixed_dictionaries({"min": st.integers(400, 503)}, optional={"isFailure": st.booleans()}),
    max_size=2,
)


def _routes(style: str) -> st.SearchStrategy[dict[str, Any]]:
    """Routes of a service; of the style's own keys more often than of the other's."""
    own = {"retry": _RETRIES} if style == "route" else {"retryable": st.booleans()}
    classes = {} if style == "route" else {"responseClasses": _CLASSES}
    return st.fixed_dictionaries(
        {
            "method": st.sampled_from(["GET", "PUT", "POST"]),
            "path": st.sampled_from(["/", "/items", "/items/{id}", "/v1/items", "/a/b", "/a/{b}"]),
            "timeout": _DURATIONS,
            "idempotent": st.just(True),
        },
        optional={**own, **classes},
    )


def _requests(route: dict[str, Any]) -> tuple[str, str]:
    return route["method"], route["path"]


def _service(style: str) -> st.SearchStrategy[dict[str, Any]]:
    routes: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
        _routes(style), max_size=3, unique_by=_requests
    )
    own = {"circuitBreaker": _BREAKERS} if style == "route" else {"retryBudget": _BUDGETS}
    return st.fixed_dictionaries(
        {"image": st.just("example/app:1"), "style": st.just(style)},
        optional={
            "protocol": st.sampled_from(["http", "http2"]),
            "versions": st.just({"v1": {}, "v2": {}}),
            "routes": routes,
            "openapi": st.sampled_from(["plain.yaml", "retried.yaml"]),
            **own,
        },
    )


_GRPC: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "image": st.just("example/app:1"),
        "protocol": st.just("grpc"),
        "style": st.sampled_from(["profile", "route"]),
        "routes": st.just([{"method": "POST", "path": "/shop.Cart/Get", "timeout": "1s"}]),
    },
    optional={"versions": st.just({"v1": {}, "v2": {}})},
)

_LIKELY = st.one_of(_service("profile"), _service("route"), _GRPC)
"""Services that are mostly valid."""

_MIXED = st.builds(lambda one, other: {**one, **other}, _LIKELY, _LIKELY)
"""Services with what belongs to either style."""

_WRONG = st.builds(
    lambda service, other: {**service, **other},
    _LIKELY,
    st.sampled_from(
        [
            {"protocol": "tcp"},
            {"protocol": "grpc"},
            {"port": None},
            {"openapi": "unsafe.yaml"},
            {"openapi": "nowhere.yaml"},
            {"retryBudget": {"ratio": 2, "ttl": "1h"}},
            {"routes": [{"method": "POST", "path": "/", "retryable": True}]},
            {
                "routes": [
                    {"method": "GET", "path": "/{", "responseClasses": [{"min": 5, "max": 1}]}
                ]
            },
            {"circuitBreaker": {"minPenalty": "5m", "maxPenalty": "1s"}},
            {"versions": {"v2": {}, "v3": {}}},
            {"stlye": "route", "image": "untagged"},
        ]
    ),
)


def catalogues(services: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Catalogues with one to four of the services."""
    entries = st.fixed_dictionaries(
        {GATEWAY: services}, optional={name: services for name in NAMES[1:]}
    )
    return entries.map(lambda found: {"gateway": GATEWAY, "services": found})


LIKELY_CATALOGUE = catalogues(st.one_of(_LIKELY, _LIKELY, _MIXED))
ANY_CATALOGUE = catalogues(st.one_of(_LIKELY, _MIXED, _WRONG))

WEIGHTS = st.one_of(
    st.sampled_from([0, 0.1, 99.9, 100]),
    st.integers(0, 100),
    st.decimals(0, 100, places=1).map(float),
)
_HEADERS = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}", fullmatch=True),
    st.from_regex(r"[!-~]{1,20}", fullmatch=True),
    max_size=3,
)
_CANARIES = st.dictionaries(
    st.sampled_from(NAMES),
    st.fixed_dictionaries({"weight": WEIGHTS}, optional={"headers": _HEADERS}),
    max_size=3,
)


def _linkerd(release: str) -> st.SearchStrategy[dict[str, Any]]:
    fixed: dict[str, Any] = {
        "release": st.just(release),
        "unsupported": st.sampled_from(["error", "warn"]),
    }
    if release == "2.13":
        fixed["charts"] = st.just({"directory": "charts"})
    extension = st.sampled_from(["install", "external", "off"])
    return st.fixed_dictionaries(fixed, optional={"smi": extension, "gatewayApi": extension})


CONFIGS = st.fixed_dictionaries(
    {"canaries": _CANARIES, "linkerd": st.sampled_from(sorted(KUBERNETES)).flatmap(_linkerd)}
)
"""Stacks' configs: canaries, release and extensions."""
