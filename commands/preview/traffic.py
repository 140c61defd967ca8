"""Descriptions of traffic: canaries, routes, retries, timeouts, circuit breakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.describing import (
    Described,
    Describer,
    Kind,
    Words,
    entries,
    field,
    fields,
    from_to,
    main_field,
)
from commands.preview.leaves import Leaf, lookup
from commands.preview.model import Fact, Special, Step
from commands.preview.values import arrow, duration, plain, share

_BREAKER = "metadata annotations balancer.linkerd.io/failure-accrual"
_ROUTE = "route {2}: "
# Source: https://gateway-api.sigs.k8s.io/reference/spec/ (HTTPRouteSpec, rules)
_MOST_RULES = 16


def _retryable(leaf: Leaf) -> str:
    return f"route {leaf.path[2]}: {'may' if leaf.new is True else 'may no longer'} be retried"


_BREAKER_FIELDS: Mapping[str, Words] = {
    _BREAKER: from_to("circuit breaker"),
    f"{_BREAKER}-consecutive-max-failures": from_to("circuit breaker opens after", unit="failures"),
    f"{_BREAKER}-consecutive-min-penalty": from_to("circuit breaker's minimum pause", duration),
    f"{_BREAKER}-consecutive-max-penalty": from_to("circuit breaker's maximum pause", duration),
}
_POLICY_FIELDS: Mapping[str, Words] = {
    "metadata annotations timeout.linkerd.io/request": from_to("timeout", duration),
    "metadata annotations timeout.linkerd.io/response": from_to("response timeout", duration),
    "metadata annotations timeout.linkerd.io/idle": from_to("idle timeout", duration),
    "metadata annotations retry.linkerd.io/limit": from_to("retries"),
    "metadata annotations retry.linkerd.io/timeout": from_to("timeout per try", duration),
    "metadata annotations retry.linkerd.io/http": from_to("retried HTTP statuses"),
    "metadata annotations retry.linkerd.io/grpc": from_to("retried gRPC statuses"),
}
_PROFILE_FIELDS: Mapping[str, Words] = {
    "spec routes * timeout": from_to(f"{_ROUTE}timeout", duration),
    "spec routes * isRetryable": _retryable,
    "spec retryBudget retryRatio": from_to("retry budget: ratio"),
    "spec retryBudget minRetriesPerSecond": from_to("retry budget: minimum retries per second"),
    "spec retryBudget ttl": from_to("retry budget: window", duration),
}


def _weights(base: Sequence[str], name: str) -> Describer:
    """A describer of the weights below ``base``, as shares; only the canary's if there are two."""

    def describer(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
        covered = [leaf for leaf in found if leaf.path[: len(base)] == tuple(base)]
        old, new = (_shares(lookup(side, *base), name) for side in (step.old, step.new))
        if not covered or old is None or new is None:
            return
        names = list(dict.fromkeys((*old, *new)))
        # The first is the stable version, which gets the rest.
        for backend in names[1:] if len(names) == 2 else names:
            before, after = old.get(backend, "0"), new.get(backend, "0")
            words = f"gets {after} %" if step.op == "create" else arrow(before, after, "%")
            if before != after:
                yield Described(fact=Fact(text=f"canary {backend} {words}"), covers=covered)

    return describer


def _shares(entries: object, name: str) -> dict[str, str] | None:
    """Each backend's share; ``None`` where a weight is not known."""
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
    """The requests of the route, by its first match."""
    match = ("spec", "rules", "0", "matches", "0")
    found = [lookup(step.inputs, *match, *key) for key in (("method",), ("path", "value"))]
    words = " ".join(word for word in found if isinstance(word, str))
    return f"route {words}: " if words else ""


_ROUTE_KIND = Kind(
    describers=[
        *fields(_POLICY_FIELDS),
        *(_weights(("spec", "rules", str(n), "backendRefs"), "name") for n in range(_MOST_RULES)),
    ],
    prefix=_http_route,
)

KINDS: Mapping[str, Kind] = {
    "TrafficSplit": Kind(describers=[_weights(("spec", "backends"), "service")]),
    "HTTPRoute": _ROUTE_KIND,
    "GRPCRoute": _ROUTE_KIND,
    "ServiceProfile": Kind(describers=[entries("spec routes", "route"), *fields(_PROFILE_FIELDS)]),
    "Service": Kind(
        describers=[
            *fields(_BREAKER_FIELDS),
            *fields(_POLICY_FIELDS),
            main_field("spec type", "exposed as", mark="security"),
            field("spec externalTrafficPolicy", "external traffic policy"),
            field(
                "spec loadBalancerSourceRanges",
                "networks allowed to the load balancer",
                mark="security",
            ),
            field("spec selector version", "sends requests to version"),
        ]
    ),
}
