"""The fields of Linkerd's kinds, of TrafficSplits and of mesh routes, by API version.

Written down from the CRDs of Linkerd 2.14 to 2.20 (charts/linkerd-crds), linkerd-smi 0.2 and the
Gateway API 1.5. ``tests/policy/test_schemas.py`` compares it with the CRDs of the toolchain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Shape: TypeAlias = Mapping[str, "Shape"] | Sequence["Shape"] | None
"""The fields of an object, a list of one shape, or ``None`` where fields are not checked."""


def _fields(names: str, **nested: Shape) -> dict[str, Shape]:
    """An object of the plain fields in ``names`` and the ``nested`` ones."""
    return {**dict.fromkeys(names.split()), **nested}


_SELECTOR = _fields("matchLabels", matchExpressions=[_fields("key operator values")])
_NETWORKS: Shape = [_fields("cidr except")]
_TARGET = _fields("group kind name")
_REFERENCE = _fields("group kind name namespace")
_BACKEND_REFERENCE = _fields("group kind name namespace port")
_PARENTS: Shape = [_fields("group kind name namespace port sectionName")]

# The CRD keeps any field in all, any and not; Linkerd's own webhook reads them strictly.
_PROFILE = _fields(
    "opaquePorts",
    routes=[
        _fields(
            "name isRetryable timeout",
            condition=_fields("method pathRegex all any not"),
            responseClasses=[
                _fields("isFailure", condition=_fields("all any not", status=_fields("min max")))
            ],
        )
    ],
    retryBudget=_fields("retryRatio minRetriesPerSecond ttl"),
    dstOverrides=[_fields("authority weight")],
)

_SPLIT = _fields("service", backends=[_fields("service weight")])

_SERVER = _fields("port proxyProtocol", podSelector=_SELECTOR)
_SERVER_BETA2 = {**_SERVER, "externalWorkloadSelector": _SELECTOR}
_SERVER_BETA3 = {**_SERVER_BETA2, "accessPolicy": None}

_SERVER_AUTHORIZATION = _fields(
    "",
    client=_fields(
        "unauthenticated",
        networks=_NETWORKS,
        meshTLS=_fields(
            "identities unauthenticatedTLS", serviceAccounts=[_fields("name namespace")]
        ),
    ),
    server=_fields("name", selector=_SELECTOR),
)
_AUTHORIZATION = _fields("", targetRef=_TARGET, requiredAuthenticationRefs=[_REFERENCE])
_MESH_TLS = _fields("identities", identityRefs=[_REFERENCE])
_NETWORK = _fields("", networks=_NETWORKS)
_EGRESS = _fields("trafficPolicy", networks=_NETWORKS)
_RATE = _fields("requestsPerSecond")
_RATE_LIMIT = _fields(
    "",
    targetRef=_TARGET,
    total=_RATE,
    identity=_RATE,
    overrides=[_fields("requestsPerSecond", clientRefs=[_REFERENCE])],
)
_IDENTITY = _fields("identity serverName")
_WORKLOAD = _fields("", ports=[_fields("name port protocol")], workloadIPs=[_fields("ip")])

_HEADERS = _fields("remove", set=[_fields("name value")], add=[_fields("name value")])
_PATH = _fields("type replaceFullPath replacePrefixMatch")
_REDIRECT = _fields("scheme hostname port statusCode", path=_PATH)
_MATCHES: Shape = [
    _fields(
        "method",
        path=_fields("type value"),
        headers=[_fields("type name value")],
        queryParams=[_fields("type name value")],
    )
]
_GRPC_MATCHES: Shape = [
    _fields("", method=_fields("type service method"), headers=[_fields("type name value")])
]

# Linkerd's own HTTPRoute has fewer filters, and on its rules no headers of responses.
_OWN_FILTER = _fields("type", requestHeaderModifier=_HEADERS, requestRedirect=_REDIRECT)
_OWN_BACKEND_FILTER = {**_OWN_FILTER, "responseHeaderModifier": _HEADERS}
_OWN_BACKEND = {**_fields("name namespace port"), "filters": [_OWN_BACKEND_FILTER]}
_OWN_RULE: dict[str, Shape] = {
    "matches": _MATCHES,
    "filters": [_OWN_FILTER],
    "backendRefs": [_OWN_BACKEND],
}
_WEIGHED = [{**_OWN_BACKEND, **_fields("group kind weight")}]
_TIMEOUTS = _fields("request backendRequest")
_OWN_RULE_BETA2 = {**_OWN_RULE, "backendRefs": _WEIGHED}
_OWN_RULE_BETA3 = {**_OWN_RULE_BETA2, "timeouts": _TIMEOUTS}

# `cors`, `externalAuth`, `retry` and `sessionPersistence` are other implementations' business.
_FILTER = _fields(
    "type cors externalAuth",
    extensionRef=_TARGET,
    requestHeaderModifier=_HEADERS,
    responseHeaderModifier=_HEADERS,
    requestRedirect=_REDIRECT,
    requestMirror=_fields(
        "percent", backendRef=_BACKEND_REFERENCE, fraction=_fields("numerator denominator")
    ),
    urlRewrite=_fields("hostname", path=_PATH),
)
_RULE = _fields(
    "name retry sessionPersistence",
    matches=_MATCHES,
    filters=[_FILTER],
    backendRefs=[{**_BACKEND_REFERENCE, "weight": None, "filters": [_FILTER]}],
    timeouts=_TIMEOUTS,
)
_GRPC_FILTER = {
    key: _FILTER[key] for key in _FILTER if key not in ("requestRedirect", "urlRewrite")
}
_GRPC_RULE = _fields(
    "name sessionPersistence",
    matches=_GRPC_MATCHES,
    filters=[_GRPC_FILTER],
    backendRefs=[{**_BACKEND_REFERENCE, "weight": None, "filters": [_GRPC_FILTER]}],
)


def _route(rule: Shape, plain: str = "hostnames") -> dict[str, Shape]:
    return _fields(plain, parentRefs=_PARENTS, rules=[rule])


_OWN, _GATEWAY = "policy.linkerd.io", "gateway.networking.k8s.io"
_GATEWAY_ROUTE = "hostnames useDefaultGateways"

SPECS: Mapping[tuple[str, str], Mapping[str, Shape]] = {
    ("linkerd.io/v1alpha1", "ServiceProfile"): _PROFILE,
    ("linkerd.io/v1alpha2", "ServiceProfile"): _PROFILE,
    ("split.smi-spec.io/v1alpha1", "TrafficSplit"): _SPLIT,
    ("split.smi-spec.io/v1alpha2", "TrafficSplit"): _SPLIT,
    (f"{_OWN}/v1alpha1", "Server"): _SERVER,
    (f"{_OWN}/v1beta1", "Server"): _SERVER,
    (f"{_OWN}/v1beta2", "Server"): _SERVER_BETA2,
    (f"{_OWN}/v1beta3", "Server"): _SERVER_BETA3,
    (f"{_OWN}/v1alpha1", "ServerAuthorization"): _SERVER_AUTHORIZATION,
    (f"{_OWN}/v1beta1", "ServerAuthorization"): _SERVER_AUTHORIZATION,
    (f"{_OWN}/v1alpha1", "AuthorizationPolicy"): _AUTHORIZATION,
    (f"{_OWN}/v1alpha1", "MeshTLSAuthentication"): _MESH_TLS,
    (f"{_OWN}/v1alpha1", "NetworkAuthentication"): _NETWORK,
    (f"{_OWN}/v1alpha1", "EgressNetwork"): _EGRESS,
    (f"{_OWN}/v1alpha1", "HTTPLocalRateLimitPolicy"): _RATE_LIMIT,
    (f"{_OWN}/v1alpha1", "HTTPRoute"): _route(_OWN_RULE),
    (f"{_OWN}/v1beta1", "HTTPRoute"): _route(_OWN_RULE),
    (f"{_OWN}/v1beta2", "HTTPRoute"): _route(_OWN_RULE_BETA2),
    (f"{_OWN}/v1beta3", "HTTPRoute"): _route(_OWN_RULE_BETA3),
    (f"{_GATEWAY}/v1beta1", "HTTPRoute"): _route(_RULE, _GATEWAY_ROUTE),
    (f"{_GATEWAY}/v1", "HTTPRoute"): _route(_RULE, _GATEWAY_ROUTE),
    (f"{_GATEWAY}/v1", "GRPCRoute"): _route(_GRPC_RULE, _GATEWAY_ROUTE),
    ("workload.linkerd.io/v1alpha1", "ExternalWorkload"): {**_WORKLOAD, "meshTls": _IDENTITY},
    ("workload.linkerd.io/v1beta1", "ExternalWorkload"): {**_WORKLOAD, "meshTLS": _IDENTITY},
}
"""The fields of ``spec``. Other API versions are not checked."""


def kinds() -> frozenset[tuple[str, str]]:
    """API group and kind of everything in :data:`SPECS`."""
    return frozenset((version.rpartition("/")[0], kind) for version, kind in SPECS)
