"""Retry limits: only requests that may be repeated are retried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, demand, elements, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.methods import unsafe_of_condition, unsafe_of_rules
from linkerd_policies.reading.reasons import is_reason
from linkerd_policies.reading.retries import retries
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import BUDGET, PROFILE
from linkerd_policies.shared.limits import MIN_REASON

_MARK = annotation(linkerd.IDEMPOTENT)
_PLAIN_NAME = re.compile(r"[A-Z]{1,10} /[A-Za-z0-9/._{}-]{0,80}")


def check_idempotence(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """Each retried request is idempotent by its method, or marked."""
    if obj.group_kind == linkerd.SERVICE_PROFILE:
        yield from _profile_violations(obj)
    else:
        yield from _annotated_violations(obj)


def _profile_violations(obj: KubeObject) -> Iterator[str]:
    routes = list(elements(peek(obj.props, "spec", "routes")))
    for index, route in enumerate(routes):
        if peek(route, "isRetryable") is True:
            yield from _route_violations(obj, route, f"spec.routes[{index}]")


def _route_violations(obj: KubeObject, route: Any, path: str) -> Iterator[str]:
    try:
        methods = unsafe_of_condition(peek(route, "condition"))
    except LookupError:
        yield must_be_plain(obj, f"{path}.condition")
        return
    if not methods:
        return
    mark, name = peek(obj.props, "metadata", "annotations", linkerd.IDEMPOTENT), peek(route, "name")
    if mark is UNKNOWN:
        yield must_be_plain(obj, _MARK)
    elif mark is not None and name is UNKNOWN:
        yield must_be_plain(obj, f"{path}.name")
    elif not _is_named(name, mark):
        yield (
            f"Name {_shown(path, name)} in {_MARK} of {obj} if the service recognises a repeated "
            f"request; otherwise restrict its condition to methods such as GET, or take isRetryable"
            f" away: it retries {_or(methods)}, which may do its work twice."
        )


def _is_named(name: Any, mark: Any) -> bool:
    """Whether the route is one of those that the mark names, separated by commas."""
    if not isinstance(name, str) or not name.strip() or not isinstance(mark, str):
        return False
    return bool(re.search(rf"(?:^|,)\s*{re.escape(name.strip())}\s*(?:,|$)", mark))


def _shown(path: str, name: Any) -> str:
    plain = isinstance(name, str) and _PLAIN_NAME.fullmatch(name)
    return f'the route "{name}" ({path})' if plain else f"the name of {path}"


def _annotated_violations(obj: KubeObject) -> Iterator[str]:
    annotations = demand(obj.props, "metadata", "annotations")
    if retries(annotations) == 0:
        return
    try:
        methods = _unsafe_methods(obj)
    except LookupError:
        yield must_be_plain(obj, "spec.rules")
        return
    if not methods:
        return
    mark = peek(annotations, linkerd.IDEMPOTENT)
    if mark is UNKNOWN:
        yield must_be_plain(obj, _MARK)
    elif not is_reason(mark):
        yield (
            f"Say in {_MARK} of {obj}, in {MIN_REASON} characters or more, why these requests may "
            f"be repeated; otherwise {_way_on(obj)}, or take the annotations "
            f"{linkerd.RETRY_PREFIX}... away: they retry {_or(methods)}, which may do its work "
            "twice."
        )


def _unsafe_methods(obj: KubeObject) -> tuple[str, ...]:
    """A Service takes every request, and each call of gRPC is a POST."""
    if obj.kind == "HTTPRoute":
        return unsafe_of_rules(peek(obj.props, "spec", "rules"))
    return ("POST",) if obj.kind == "GRPCRoute" else ("POST", "PATCH")


def _way_on(obj: KubeObject) -> str:
    if obj.group_kind == linkerd.SERVICE:
        return "retry on an HTTPRoute that matches methods such as GET"
    if obj.kind == "GRPCRoute":
        return "retry on a GRPCRoute of its own the methods that only read"
    return "restrict matches[].method to methods such as GET"


def _or(methods: tuple[str, ...]) -> str:
    # A method is any text: only the usual ones are shown.
    return " or ".join(method for method in methods if method in ("POST", "PATCH")) or "a method"


RETRY_IDEMPOTENT = ResourceRule(
    name="linkerd-retry-idempotent",
    display_name="Only idempotent requests are retried",
    group=groups.RETRY_LIMITS.name,
    severity=Severity.HIGH,
    tags=groups.RETRY_LIMITS.tags,
    locked=True,
    description="A retried route or Service takes no POST or PATCH, or is marked as idempotent.",
    why=(
        "Linkerd retries every method that it is told to, and a failed request may have done its "
        "work: a repeated POST charges twice. A route without a method takes every method, as does "
        "a Service with retry annotations, and each call of gRPC is a POST. "
        f"`{linkerd.IDEMPOTENT}` states that the service recognises a repeated request: on a "
        "ServiceProfile it has the names of the routes, separated by commas; on an HTTPRoute, "
        "GRPCRoute or Service it says why."
    ),
    remediation=(
        f"Mark it with {linkerd.IDEMPOTENT} if repeated requests do no harm, restrict the route to "
        "idempotent methods, or take the retries away."
    ),
    source="https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2",
    kinds=frozenset({linkerd.SERVICE_PROFILE, linkerd.SERVICE, *linkerd.ROUTES}),
    check=check_idempotence,
    bad=PROFILE.replace("GET", "POST") + "      isRetryable: true\n      timeout: 500ms\n" + BUDGET,
    good=PROFILE.replace("GET", "POST").replace(
        "  namespace: shop\n",
        f"  namespace: shop\n  annotations: {{{linkerd.IDEMPOTENT}: POST /items}}\n",
    )
    + "      isRetryable: true\n      timeout: 500ms\n"
    + BUDGET,
)

RULES = (RETRY_IDEMPOTENT,)
