"""Linkerd's Helm charts among a program's objects."""

from __future__ import annotations

import re
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, demand, keys, peek
from linkerd_policies.reading import linkerd

CHART_KINDS = frozenset({linkerd.HELM_RELEASE, linkerd.HELM_CHART})
CONTROL_PLANE = "linkerd-control-plane"
CRDS = "linkerd-crds"
NAMES = (
    CONTROL_PLANE,
    CRDS,
    "linkerd-buoyant",
    "linkerd-data-plane",
    "linkerd-enterprise-multicluster",
    "linkerd-failover",
    "linkerd-jaeger",
    "linkerd-multicluster",
    "linkerd-smi",
    "linkerd-viz",
    "linkerd2-cni",
)

_NAME = re.compile(r"(^|/)(?P<name>[a-z0-9-]+?)(-v?[0-9]+\.[\w.+-]*)?(\.tgz)?/?([:@][\w.+:-]+)?$")
_VARIANT = re.compile(r"([a-z0-9-]+-)?linkerd2?-([a-z0-9-]+-)?(?P<part>control-plane|crds)")
"""Builds of the same charts, such as linkerd-enterprise-control-plane, with the same values."""
_LOCAL = re.compile(r"\.{0,2}/|.*\.tgz$|.*/$")


def chart_name(obj: KubeObject) -> Any:
    """Which of Linkerd's charts a Helm release or chart installs; ``UNKNOWN``, or ``None``.

    Another build of the control plane or its CRDs counts as Linkerd's own.
    """
    if obj.group_kind not in CHART_KINDS:
        return None
    chart = peek(obj.props, "chart")
    if chart is UNKNOWN:
        return UNKNOWN
    found = _NAME.search(chart) if isinstance(chart, str) else None
    if found is None:
        return None
    variant = _VARIANT.fullmatch(found["name"])
    name = f"linkerd-{variant['part']}" if variant else found["name"]
    return name if name in NAMES else None


def values_of(obj: KubeObject) -> tuple[str, ...]:
    """Where the values of the control plane's chart are.

    A chart around it, as Buoyant's were, hands on what is below the chart's name.
    """
    values = ("values",)
    around = CONTROL_PLANE in keys(peek(obj.props, *values))
    return (*values, CONTROL_PLANE) if around else values


def known_chart_name(obj: KubeObject) -> str | None:
    """As :func:`chart_name`, but raises UnknownValueError: the rule then runs in ``up``."""
    name = chart_name(obj)
    if name is UNKNOWN:
        demand(obj.props, "chart")
    return name if isinstance(name, str) else None


def is_local(obj: KubeObject) -> bool:
    """Whether the chart is a folder or a file here, rather than of a repository."""
    chart = peek(obj.props, "chart")
    repository = peek(obj.props, "repositoryOpts", "repo")
    if not isinstance(chart, str) or repository is not None:
        return False
    return bool(_LOCAL.match(chart)) and "://" not in chart
