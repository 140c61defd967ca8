"""How traffic's objects are told: canaries, routes, retries, timeouts, circuit breakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.preview.leaves import Leaf
from tools.preview.model import Step, Told
from tools.preview.telling import (
    ANY,
    Field,
    Heard,
    Kind,
    Words,
    at,
    between,
    entries,
    matches,
    tellers,
)
from tools.preview.values import arrow, duration, share

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


def _weights(base: Sequence[str], name: str) -> Any:
    """A teller of the weights below ``base``, as shares; the canary's alone where there are two."""

    def teller(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
        covered = [leaf for leaf in found if _is_weight(base, leaf)]
        if not covered:
            return
        old, new = (_shares(side, base, name) for side in (step.old, step.new))
        names = list(dict.fromkeys((*old, *new)))
        # The first is the stable version, whose share is what the canary leaves.
        told = names[1:] if len(names) == 2 else names
        for backend in told:
            before, after = old.get(backend, "0"), new.get(backend, "0")
            if step.op == "create":
                text = f"canary {backend} gets {after} %"
            elif before == after:
                continue
            else:
                text = f"canary {backend} {arrow(before, after, '%')}"
            yield Heard(told=Told(text=text), covers=covered)

    return teller


def _is_weight(base: Sequence[str], leaf: Leaf) -> bool:
    return matches([*base, ANY, "**"], leaf.path) and len(leaf.path) > len(base) + 1


def _shares(side: Mapping[str, Any], base: Sequence[str], name: str) -> dict[str, str]:
    entries: Any = side
    for key in base:
        found = entries.get(key) if isinstance(entries, Mapping) else None
        entries = found if found is not None else _item(entries, key)
    weights = {
        str(entry.get(name)): entry.get("weight", 1)
        for entry in (entries if isinstance(entries, list) else [])
    }
    total = sum(weights.values())
    return {backend: share(weight, total) for backend, weight in weights.items()}


def _item(entries: Any, key: str) -> Any:
    is_there = isinstance(entries, list) and key.isdigit() and int(key) < len(entries)
    return entries[int(key)] if is_there else None


def _http_route(step: Step) -> str:
    """Which requests the route is for, by its first match."""
    rules = (step.inputs.get("spec") or {}).get("rules") or [{}]
    match = (rules[0].get("matches") or [{}])[0]
    path = (match.get("path") or {}).get("value", "")
    words = f"{match.get('method', '')} {path}".strip()
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
