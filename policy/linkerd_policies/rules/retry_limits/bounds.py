"""Retry limits: budgets of ServiceProfiles, and retry annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings, number, whole_number
from linkerd_policies.framework.objects import (
    UNKNOWN,
    KubeObject,
    demand,
    elements,
    is_list,
    keys,
    peek,
)
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain, shown
from linkerd_policies.reading.retries import limit_of, retries
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import BUDGET, PROFILE
from linkerd_policies.rules.remediations import default_retry_budget
from linkerd_policies.shared import limits, words
from linkerd_policies.shared.durations import go_seconds, linkerd_seconds


def check_retry_budget(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """A ServiceProfile with routes bounds their retries, and a retried route ends in time."""
    routes = peek(obj.props, "spec", "routes")
    if routes is UNKNOWN:
        yield must_be_plain(obj, "spec.routes")
    elif is_list(routes) and len(routes):
        yield from _budget_violations(obj, settings)
        for index, route in enumerate(elements(routes)):
            yield from _route_violations(obj, route, f"spec.routes[{index}]")


def _budget_violations(obj: KubeObject, settings: Settings) -> Iterator[str]:
    budget = peek(obj.props, "spec", "retryBudget")
    if budget is UNKNOWN:
        yield must_be_plain(obj, "spec.retryBudget")
    elif not keys(budget):
        yield (
            f"Add spec.retryBudget to {obj}, with retryRatio, minRetriesPerSecond and ttl: it is "
            "all that bounds a ServiceProfile's retries."
        )
    else:
        yield from _number_violations(obj, budget, "retryRatio", settings["maxRetryRatio"])
        per_second = settings["maxRetriesPerSecond"]
        yield from _number_violations(obj, budget, "minRetriesPerSecond", per_second, whole=True)
        yield from _ttl_violations(obj, peek(budget, "ttl"))


def _number_violations(
    obj: KubeObject, budget: Any, key: str, maximum: float, *, whole: bool = False
) -> Iterator[str]:
    value, path = peek(budget, key), f"spec.retryBudget.{key}"
    if value is UNKNOWN:
        yield must_be_plain(obj, path)
    elif not _is_number(value, whole=whole) or not 0 <= value <= maximum:
        noun = "an integer" if whole else "a number"
        yield f"Set {path} of {obj} to {noun} from 0 to {maximum:g} (found {shown(value)})."


def _is_number(value: Any, *, whole: bool) -> bool:
    # Properties reach a policy as protobuf numbers: every integer arrives as a float.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return not whole or float(value).is_integer()


def _ttl_violations(obj: KubeObject, ttl: Any) -> Iterator[str]:
    path, (shortest, longest) = "spec.retryBudget.ttl", limits.BUDGET_TTL_SECONDS
    seconds = go_seconds(ttl)
    if ttl is UNKNOWN:
        yield must_be_plain(obj, path)
    elif seconds is None or not shortest <= seconds <= longest:
        yield (
            f"Set {path} of {obj} to a Go duration from {shortest}s to {longest}s (found "
            f"{shown(ttl)}): outside of it the proxy drops the budget, and with it every retry."
        )


def _route_violations(obj: KubeObject, route: Any, path: str) -> Iterator[str]:
    if route is UNKNOWN:
        yield must_be_plain(obj, path)
        return
    retryable = peek(route, "isRetryable")
    if retryable is UNKNOWN:
        yield must_be_plain(obj, f"{path}.isRetryable")
    elif retryable is True:
        timeout = peek(route, "timeout")
        if timeout is UNKNOWN:
            yield must_be_plain(obj, f"{path}.timeout")
        elif not go_seconds(timeout):
            yield (
                f"Set {path}.timeout of {obj} to a Go duration such as 500ms (found "
                f"{shown(timeout)}): a route with isRetryable is retried until its timeout."
            )


def check_retry_annotations(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """Retry annotations name what is retried, how often, and for how long."""
    annotations = demand(obj.props, "metadata", "annotations")
    if not any(key.startswith(linkerd.RETRY_PREFIX) for key in keys(annotations)):
        return
    values = {key: peek(annotations, key) for key in _RETRY_KEYS}
    for key in _RETRY_KEYS:
        if values[key] is UNKNOWN:
            yield must_be_plain(obj, annotation(key))
    yield from _limit_violations(obj, annotations, int(settings["maxLimit"]))
    yield from _condition_violations(obj, values)
    for key in (linkerd.RETRY_TIMEOUT, linkerd.TIMEOUT_REQUEST):
        if values[key] is not UNKNOWN and not linkerd_seconds(values[key]):
            yield (
                f"Set {annotation(key)} of {obj} to an integer with ms, s, m, h or d, above zero "
                f"(found {shown(values[key])}): without it, retries never end."
            )


_RETRY_KEYS = (
    linkerd.RETRY_LIMIT,
    linkerd.RETRY_HTTP,
    linkerd.RETRY_GRPC,
    linkerd.RETRY_TIMEOUT,
    linkerd.TIMEOUT_REQUEST,
)
_HTTP_CONDITION = re.compile(words.RETRYABLE_HTTP)


def _limit_violations(obj: KubeObject, annotations: Any, maximum: int) -> Iterator[str]:
    """What is wrong with the limit. Linkerd takes 0 for no limit, and then retries once."""
    limit, most = peek(annotations, linkerd.RETRY_LIMIT), retries(annotations)
    if most is UNKNOWN:
        return
    readable = limit is None or limit_of(limit)
    if readable and most <= maximum:
        return
    if maximum == 0:
        yield f"Take the annotations {linkerd.RETRY_PREFIX}... of {obj} away: none are allowed."
    else:
        yield (
            f"Set {annotation(linkerd.RETRY_LIMIT)} of {obj} to an integer from 1 to {maximum}, in "
            f"quotes (found {shown(limit)}). To Linkerd, 0 is no limit: it retries once."
        )


def _condition_violations(obj: KubeObject, values: dict[str, Any]) -> Iterator[str]:
    http, grpc = values[linkerd.RETRY_HTTP], values[linkerd.RETRY_GRPC]
    if http is None and grpc is None:
        yield (
            f"Add {annotation(linkerd.RETRY_HTTP)} or {annotation(linkerd.RETRY_GRPC)} to {obj}: "
            "without one of them no status is retried."
        )
    if not _conditions_hold(http, lambda item: bool(_HTTP_CONDITION.fullmatch(item))):
        yield (
            f"Set {annotation(linkerd.RETRY_HTTP)} of {obj} to a comma list, without spaces, of "
            "5xx, gateway-error, a status such as 503, or a range such as 500-504."
        )
    if not _conditions_hold(grpc, lambda item: item in linkerd.RETRYABLE_GRPC):
        yield (
            f"Set {annotation(linkerd.RETRY_GRPC)} of {obj} to a comma list, without spaces, of "
            f"{', '.join(linkerd.RETRYABLE_GRPC)}."
        )


def _conditions_hold(value: Any, valid: Callable[[str], bool]) -> bool:
    if value is None or value is UNKNOWN:
        return True
    return isinstance(value, str) and all(valid(item) for item in value.split(","))


_PROFILES = "https://linkerd.io/2-edge/reference/service-profiles/"

SERVICE_PROFILE_RETRY_BUDGET = ResourceRule(
    name="linkerd-service-profile-retry-budget",
    display_name="ServiceProfiles bound their retries",
    group=groups.RETRY_LIMITS.name,
    severity=Severity.HIGH,
    tags=groups.RETRY_LIMITS.tags,
    locked=True,
    description="Every ServiceProfile with routes has a retry budget within bounds, and every "
    "retried route a timeout.",
    why=(
        "A ServiceProfile has no retry limit: only the budget keeps retries from multiplying the "
        "load on a service that is failing already. Linkerd fills in a budget of its own, which "
        "nobody has reviewed. Every profile with routes needs one, so that a route cannot become "
        "retryable later without a budget."
    ),
    remediation=(
        "Set spec.retryBudget with retryRatio, minRetriesPerSecond and ttl, and a timeout on each "
        "route with isRetryable."
    ),
    source=_PROFILES + "#retry-budget",
    settings=(
        number(
            "maxRetryRatio",
            "The largest share of requests that may be added as retries.",
            default=limits.RETRY_RATIO,
            minimum=0.0,
            maximum=limits.LARGEST_RETRY_RATIO,
        ),
        whole_number(
            "maxRetriesPerSecond",
            "The largest minRetriesPerSecond: retries that are allowed whatever the ratio.",
            default=limits.RETRIES_PER_SECOND,
            minimum=0,
            maximum=limits.LARGEST_RETRIES_PER_SECOND,
        ),
    ),
    kinds=frozenset({linkerd.SERVICE_PROFILE}),
    check=check_retry_budget,
    remediate=default_retry_budget,
    remediable=frozenset({linkerd.SERVICE_PROFILE}),
    bad=PROFILE + "      isRetryable: true\n",
    good=PROFILE + "      isRetryable: true\n      timeout: 500ms\n" + BUDGET,
)

RETRY_ANNOTATIONS_BOUNDED = ResourceRule(
    name="linkerd-retry-annotations-bounded",
    display_name="Retry annotations are bounded",
    group=groups.RETRY_LIMITS.name,
    severity=Severity.HIGH,
    tags=groups.RETRY_LIMITS.tags,
    locked=True,
    description="Retry annotations of Services and routes name conditions, a limit within bounds, "
    "and both timeouts.",
    why=(
        "Annotated retries have no budget: only the limit and the timeouts bound them. A limit "
        "without conditions retries nothing, and Linkerd ignores values that it cannot read."
    ),
    remediation=(
        f"Set {linkerd.RETRY_HTTP} or {linkerd.RETRY_GRPC}, {linkerd.RETRY_LIMIT}, "
        f"{linkerd.RETRY_TIMEOUT} and {linkerd.TIMEOUT_REQUEST} on the same object."
    ),
    source="https://linkerd.io/2-edge/reference/retries/",
    settings=(
        whole_number(
            "maxLimit",
            "The largest number of retries of one request.",
            default=limits.RETRIES,
            minimum=0,
            maximum=limits.LARGEST_RETRIES,
        ),
    ),
    kinds=frozenset({linkerd.SERVICE, *linkerd.ROUTES}),
    check=check_retry_annotations,
    bad=f"""\
apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
  annotations:
    {linkerd.RETRY_LIMIT}: "50"
""",
    good=f"""\
apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
  annotations:
    {linkerd.RETRY_HTTP}: 5xx
    {linkerd.RETRY_LIMIT}: "3"
    {linkerd.RETRY_TIMEOUT}: 500ms
    {linkerd.IDEMPOTENT}: it only answers questions
    {linkerd.TIMEOUT_REQUEST}: 2s
""",
)

RULES = (SERVICE_PROFILE_RETRY_BUDGET, RETRY_ANNOTATIONS_BOUNDED)
