"""Unknown fields: what the API server drops in silence from Linkerd's kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, demand, elements, keys, peek
from linkerd_policies.reading.crd_fields import SPECS, Shape, kinds
from linkerd_policies.reading.messages import suggestion
from linkerd_policies.reading.references import route_parents
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import BUDGET, PROFILE

Steps = tuple[str | int, ...]

_HINTS = {
    "retries": "use isRetryable and spec.retryBudget, or the retry.linkerd.io annotations of the "
    "Service for a count",
}
_TOP = ("apiVersion", "kind", "metadata", "spec", "status")


def check_fields(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """An object has only fields of its CRD, so that the API server drops nothing in silence."""
    shape = SPECS.get((obj.api_version, obj.kind))
    if shape is None or _is_of_an_ingress(obj):
        return
    for key in keys(obj.props):
        if key not in _TOP and not key.startswith("__"):  # which are the provider's own
            yield _message(obj, (key,), _TOP)
    unknown: list[Steps] = []
    for steps, allowed in _walk(demand(obj.props, "spec"), shape, ("spec",), unknown):
        yield _message(obj, steps, allowed)
    for steps in unknown:  # the SDK notes that the rule runs again, with values
        demand(obj.props, *steps)


def _is_of_an_ingress(obj: KubeObject) -> bool:
    return obj.group == "gateway.networking.k8s.io" and not any(route_parents(obj))


def _walk(
    value: Any, shape: Shape, steps: Steps, unknown: list[Steps]
) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """Every field that ``shape`` does not have, with those that it has.

    Adds the paths of unknown values to ``unknown``.
    """
    if shape is None:
        return
    if value is UNKNOWN:
        unknown.append(steps)
    elif isinstance(shape, Mapping):
        for key in keys(value):
            if key not in shape:
                yield (*steps, key), tuple(shape)
            elif shape[key] is not None:
                yield from _walk(peek(value, key), shape[key], (*steps, key), unknown)
    else:
        for index, element in enumerate(elements(value)):
            yield from _walk(element, shape[0], (*steps, index), unknown)


def _message(obj: KubeObject, steps: Steps, allowed: tuple[str, ...]) -> str:
    key = str(steps[-1])
    return (
        f"Remove {_path(steps)} from {obj}: a {obj.kind} of {obj.api_version} has no such field "
        f"and the API server drops it in silence; {_HINTS.get(key) or suggestion(key, allowed)}."
    )


def _path(steps: Steps) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


UNKNOWN_FIELDS = ResourceRule(
    name="linkerd-unknown-fields",
    display_name="Linkerd's objects have only fields that exist",
    group=groups.UNKNOWN_NAMES.name,
    severity=Severity.HIGH,
    tags=groups.UNKNOWN_NAMES.tags,
    locked=True,
    description="No object of Linkerd's kinds, no TrafficSplit and no route of a Service has a "
    "field that its CRD does not have.",
    why=(
        "The API server drops fields that a CRD does not declare, mostly in silence: a profile "
        "with `retries: {limit: 3}` deploys well and retries nothing, and a Server whose selector "
        "is misspelt selects every pod."
    ),
    remediation="Remove or correct the field; the message names the fields that exist.",
    source="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/"
    "custom-resource-definitions/#field-pruning",
    kinds=kinds(),
    check=check_fields,
    bad=PROFILE + "      retries: {limit: 3, timeout: 500ms}\n" + BUDGET,
    good=PROFILE + "      isRetryable: true\n      timeout: 500ms\n" + BUDGET,
)

RULES = (UNKNOWN_FIELDS,)
