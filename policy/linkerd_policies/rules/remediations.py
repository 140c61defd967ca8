"""What rules fill in by themselves where the configuration sets them to ``remediate``.

Only missing values are filled in. A value that is written down stays, and stays a violation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from linkerd_policies.framework.model import Change, Settings
from linkerd_policies.framework.objects import KubeObject, elements, peek, read
from linkerd_policies.reading import charts, linkerd
from linkerd_policies.shared import limits, words

DEFAULT_BUDGET = {
    "retryRatio": limits.RETRY_RATIO,
    "minRetriesPerSecond": limits.RETRIES_PER_SECOND,
    "ttl": limits.BUDGET_TTL,
}
"""Linkerd's own, lowered to the rule's bounds
(linkerd2, controller/api/destination/profile_translator.go)."""

DEFAULT_RESOURCES = {
    words.PROXY_CPU_REQUEST: "100m",
    words.PROXY_MEMORY_LIMIT: "250Mi",
}
"""What the control plane's chart gives its proxies for high availability (values-ha.yaml)."""

_ANNOTATIONS = ("metadata", "annotations")


def strict_namespace(obj: KubeObject, settings: Settings) -> Iterator[Change]:
    """Fills in the injection or the inbound policy if a namespace has only the other.

    A namespace with neither is not meshed, and stays so.
    """
    inject = read(obj.props, *_ANNOTATIONS, linkerd.INJECT)
    policy = read(obj.props, *_ANNOTATIONS, linkerd.INBOUND_POLICY)
    allowed = settings["allowedPolicies"]
    if inject in linkerd.INJECTED and policy is None:
        strict = "all-authenticated"
        chosen = strict if strict in allowed else allowed[0]
        yield Change((*_ANNOTATIONS, linkerd.INBOUND_POLICY), chosen)
    elif inject is None and policy in allowed:
        yield Change((*_ANNOTATIONS, linkerd.INJECT), "enabled")


def default_retry_budget(obj: KubeObject, settings: Settings) -> Iterator[Change]:
    """Gives a ServiceProfile with routes and without a budget Linkerd's default budget."""
    routes = peek(obj.props, "spec", "routes")
    if not list(elements(routes)) or peek(obj.props, "spec", "retryBudget") is not None:
        return
    limits = {
        "retryRatio": settings["maxRetryRatio"],
        "minRetriesPerSecond": settings["maxRetriesPerSecond"],
    }
    budget = {
        key: min(value, limits[key]) if key in limits else value
        for key, value in DEFAULT_BUDGET.items()
    }
    yield Change(("spec", "retryBudget"), budget)


def proxy_resources(obj: KubeObject, settings: Settings) -> Iterator[Change]:
    """Fills in what the control plane's values, or an injected namespace, leave out.

    Namespaces only with ``always``: their annotations take precedence over the values of a chart
    that this stack cannot see.
    """
    places: dict[str, tuple[str, ...]]
    if charts.chart_name(obj) == charts.CONTROL_PLANE:
        above = (*charts.values_of(obj), "proxy", "resources")
        places = {key: (*above, *path) for key, path in linkerd.PROXY_RESOURCES.items()}
    elif settings["always"] and read(obj.props, *_ANNOTATIONS, linkerd.INJECT) in linkerd.INJECTED:
        places = {key: (*_ANNOTATIONS, key) for key in linkerd.PROXY_RESOURCES}
    else:
        return
    for key, place in places.items():
        if _is_open(obj.props, place):
            yield Change(place, DEFAULT_RESOURCES[key])


def _is_open(props: Any, place: tuple[str, ...]) -> bool:
    """Whether there is no value at a place, and no other value on the path to it."""
    above = (peek(props, *place[:length]) for length in range(1, len(place)))
    free = all(holder is None or isinstance(holder, Mapping) for holder in above)
    return free and peek(props, *place) in (None, "")
