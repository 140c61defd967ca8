"""How traffic's objects are told: canaries, routes, retries, timeouts, circuit breakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.leaves import Leaf, lookup
from commands.preview.model import Special, Step, Told
from commands.preview.telling import (
    Field,
    Heard,
    Kind,
    Teller,
    Words,
    at,
    between,
    entries,
    tellers,
)
from commands.preview.values import arrow, duration, plain, share

_BREAKER = "metadata annotations balancer.linkerd.io/failure-accrual"
_ROUTE = "route {2}: "
# Source: https://gateway-api.sigs.k8s.io/reference/spec/ (HTTPRouteSpec, rules)
_MOST_RULES = 16


def _retryable(leaf: Leaf) -> str:
    return f"route {leaf.path[2]}: {'may' if leaf.new is True else 'may no longer'} be retried"


_BREAKER_FIELDS: Mapping[str, Words] = {
    _BREAKER: between("circuit breaker"),
    f"{_BREAKER}-consecutive-max-failures": between("circuit breaker opens after", unit="failures"),
    f"{_BREAKER}-consecutive-min-penalty": between("circuit breaker's shortest pause", duration),
    f"{_BREAKER}-consecutive-max-penalty": between("circuit breaker's longest pause", duration),
}
_POLICY_FIELDS: Mapping[str, Words] = {
    "metadata annotations timeout.linkerd.io/request": between("timeout", duration),
    "metadata annotations timeout.linkerd.io/response": between("response timeout", duration),
    "metadata annotations timeout.linkerd.io/idle": between("idle timeout", duration),
    "metadata annotations retry.linkerd.io/limit": between("retries"),
    "metadata annotations retry.linkerd.io/timeout": between("timeout of each try", duration),
    "metadata annotations retry.linkerd.io/http": between("retried answers"),
    "metadata annotations retry.linkerd.io/grpc": between("retried gRPC answers"),
}
_PROFILE_FIELDS: Mapping[str, Words] = {
    "spec routes * timeout": between(f"{_ROUTE}timeout", duration),
    "spec routes * isRetryable": _retryable,
    "spec retryBudget retryRatio": between("retry budget: ratio"),
    "spec retryBudget minRetriesPerSecond": between("retry budget: retries per second at least"),
    "spec retryBudget ttl": between("retry budget: counted over", duration),
}


def _weights(base: Sequence[str], name: str) -> Teller:
    """A teller of the weights below ``base``, as shares; the canary's alone where there are two."""

    def teller(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
        covered = [leaf for leaf in found if leaf.path[: len(base)] == tuple(base)]
        old, new = (_shares(lookup(side, *base), name) for side in (step.old, step.new))
        if not covered or old is None or new is None:
            return
        names = list(dict.fromkeys((*old, *new)))
        # The first is the stable version, whose share is what the canary leaves.
        for backend in names[1:] if len(names) == 2 else names:
            before, after = old.get(backend, "0"), new.get(backend, "0")
            words = f"gets {after} %" if step.op == "create" else arrow(before, after, "%")
            if before != after:
                yield Heard(told=Told(text=f"canary {backend} {words}"), covers=covered)

    return teller


def _shares(entries: object, name: str) -> dict[str, str] | None:
    """Each backend's share; none where a weight is not known."""
    if entries is Special.ABSENT:
        return {}
    if not isinstance(entries, list):
        return None
    weights = {plain(lookup(each, name)): lookup(each, "weight") for each in entries}
    # Without a weight, a backend counts as one: https://gateway-api.sigs.k8s.io/reference/spec/
    known = {key: 1 if each is Special.ABSENT else each for key, each in weights.items()}
    if not all(isinstance(each, (int, float)) for each in known.values()):
        return None
    return {key: share(each, sum(known.values())) for key, each in known.items()}


def _http_route(step: Step) -> str:
    """Which requests the route is for, by its first match."""
    match = ("spec", "rules", "0", "matches", "0")
    found = [lookup(step.inputs, *match, *key) for key in (("method",), ("path", "value"))]
    words = " ".join(word for word in found if isinstance(word, str))
    return f"route {words}: " if words else ""


_ROUTE_KIND = Kind(
    tellers=[
        *tellers(_POLICY_FIELDS),
        *(_weights(("spec", "rules", str(n), "backendRefs"), "name") for n in range(_MOST_RULES)),
    ],
    prefix=_http_route,
)

KINDS: Mapping[str, Kind] = {
    "TrafficSplit": Kind(tellers=[_weights(("spec", "backends"), "service")]),
    "HTTPRoute": _ROUTE_KIND,
    "GRPCRoute": _ROUTE_KIND,
    "ServiceProfile": Kind(tellers=[entries("spec routes", "route"), *tellers(_PROFILE_FIELDS)]),
    "Service": Kind(
        tellers=[
            *tellers(_BREAKER_FIELDS),
            *tellers(_POLICY_FIELDS),
            Field(
                path="spec type",
                words=between("exposed as"),
                mark="security",
                headline=at("exposed as"),
            ),
            Field(path="spec externalTrafficPolicy", words=between("external traffic policy")),
            Field(
                path="spec loadBalancerSourceRanges",
                words=between("networks that reach the load balancer"),
                mark="security",
            ),
            Field(path="spec selector version", words=between("sends requests to version")),
        ]
    ),
}
