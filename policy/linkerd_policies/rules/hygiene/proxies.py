"""Hygiene: proxies that differ from the mesh's own, or have no resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, ResourceRule, Settings, StackRule, switch
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, peek
from linkerd_policies.reading import charts, linkerd
from linkerd_policies.reading.mesh import declared_namespaces
from linkerd_policies.reading.meshed_workloads import Workload, meshed_workloads
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.quantities import is_above_zero
from linkerd_policies.reading.settings import MESHED_SETTINGS, SYSTEM_NAMESPACES
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import DEPLOYMENT, NAMESPACE
from linkerd_policies.rules.remediations import proxy_resources

_PREFIX = "config.linkerd.io/"
_OVERRIDES = (f"{_PREFIX}proxy-version", f"{_PREFIX}proxy-image")
_DEBUG_SIDECAR = f"{_PREFIX}enable-debug-sidecar"
_LOG_LEVEL = f"{_PREFIX}proxy-log-level"
_LOGS_MUCH = re.compile(r"(^|[=,\s])(debug|trace)\b", re.I)
_DEBUGGING = switch(
    "allowDebugging", "Whether proxies may log at `debug` or `trace`, and have a debug sidecar."
)


def check_proxy_overrides(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """A proxy has the mesh's version, and does not show the traffic."""
    if obj.group_kind in charts.CHART_KINDS:
        if not settings[_DEBUGGING.name] and charts.chart_name(obj) == charts.CONTROL_PLANE:
            path = (*charts.values_of(obj), "proxy", "logLevel")
            yield from _level_violations(obj, peek(obj.props, *path), ".".join(path))
        return
    if obj.namespace in settings[SYSTEM_NAMESPACES.name]:
        return
    above = POD_TEMPLATES.get(obj.group_kind, ())
    parent = ".".join((*above, "metadata"))
    annotations = peek(obj.props, *above, "metadata", "annotations")
    if annotations is UNKNOWN:  # the rule runs again in `up`, before the write
        return
    for key in _OVERRIDES:
        yield from _override_violations(obj, peek(annotations, key), annotation(key, parent))
    if not settings[_DEBUGGING.name]:
        yield from _debug_violations(obj, annotations, parent)


def _override_violations(obj: KubeObject, value: Any, path: str) -> Iterator[str]:
    if value is UNKNOWN:
        yield must_be_plain(obj, path)
    elif value is not None:
        yield (
            f"Remove {path} from {obj}: its proxies would stay behind when the mesh is upgraded, "
            "and skip its security fixes."
        )


def _debug_violations(obj: KubeObject, annotations: Any, parent: str) -> Iterator[str]:
    level = peek(annotations, _LOG_LEVEL)
    yield from _level_violations(obj, level, annotation(_LOG_LEVEL, parent))
    sidecar, path = peek(annotations, _DEBUG_SIDECAR), annotation(_DEBUG_SIDECAR, parent)
    if sidecar is UNKNOWN:
        yield must_be_plain(obj, path)
    elif sidecar is not None and str(sidecar).lower() != "false":
        yield (
            f"Remove {path} from {obj}, or set the rule's setting "
            f"{_DEBUGGING.name}: the debug container may read all of the pod's traffic, as root."
        )


def _level_violations(obj: KubeObject, level: Any, path: str) -> Iterator[str]:
    if level is UNKNOWN:
        yield must_be_plain(obj, path)
    elif isinstance(level, str) and _LOGS_MUCH.search(level):
        yield (
            f"Set {path} of {obj} to info or warn, or set the rule's setting {_DEBUGGING.name}: "
            "at debug and trace a proxy logs headers of requests, and slows them down."
        )


PROXY_OVERRIDES = ResourceRule(
    name="linkerd-proxy-overrides",
    display_name="Proxies have the mesh's own version",
    group=groups.HYGIENE.name,
    severity=Severity.MEDIUM,
    tags=("linkerd", "mesh", "security"),
    description="No workload or namespace sets another proxy version, or turns debugging on.",
    why=(
        "A version that one workload sets is soon forgotten, and proxies more than one stable "
        "release behind the control plane are not supported. The debug sidecar captures packets "
        "as root, and a proxy's debug log shows headers: turn them on only while you need them."
    ),
    remediation="Remove the annotation, and restart the pods.",
    source="https://linkerd.io/2-edge/reference/proxy-configuration/",
    settings=(_DEBUGGING, SYSTEM_NAMESPACES),
    kinds=frozenset({*POD_TEMPLATES, linkerd.NAMESPACE, *charts.CHART_KINDS}),
    check=check_proxy_overrides,
    bad=f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    {_PREFIX}proxy-version: edge-23.4.3
""",
    good=NAMESPACE,
)

_ALWAYS = switch(
    "always",
    "Whether workloads need the annotations where another stack installs the control plane, whose "
    "values cannot be seen.",
)


def check_proxy_resources(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Each proxy has a CPU request and a memory limit, from pod, namespace or chart."""
    planes = [obj for obj in objects if charts.chart_name(obj) == charts.CONTROL_PLANE]
    for workload in meshed_workloads(objects, settings):
        obj = workload.obj
        if obj.patch or not (planes or settings[_ALWAYS.name]):
            continue
        for key, path in linkerd.PROXY_RESOURCES.items():
            values = [
                workload.metadata("annotations", key),
                *_inherited(workload, objects, key),
                *(
                    peek(one.props, *charts.values_of(one), "proxy", "resources", *path)
                    for one in planes
                ),
            ]
            # The pod's own goes before the namespace's, and that before the chart's.
            effective = next((value for value in values if value not in (None, "")), None)
            if effective is not UNKNOWN and not is_above_zero(effective):
                yield Finding(
                    f"Set {annotation(key, '.'.join((*workload.holder, 'metadata')))} of {obj}, or "
                    "its namespace's: its proxy could otherwise starve, or take all of the node's "
                    "memory.",
                    obj.urn,
                )


def _inherited(workload: Workload, objects: Sequence[KubeObject], key: str) -> Iterator[Any]:
    for obj in declared_namespaces(objects):
        if obj.name == workload.obj.namespace:
            yield peek(obj.props, "metadata", "annotations", key)


_PLANE = """\
---
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-control-plane
version: 2026.6.3
repositoryOpts: {{repo: https://helm.linkerd.io/edge}}
values:
  proxy: {{defaultInboundPolicy: all-authenticated{resources}}}
"""

PROXY_RESOURCES = StackRule(
    name="linkerd-proxy-resources",
    display_name="Proxies have requests and limits",
    group=groups.HYGIENE.name,
    severity=Severity.MEDIUM,
    tags=("linkerd", "mesh", "reliability"),
    description="Each proxy of a stack that installs the mesh has a CPU request and a memory "
    "limit.",
    why=(
        "Every request of a meshed pod goes through its proxy, and by default the charts give it "
        "no resources: beside a busy container it starves. Without its CPU request, an "
        "autoscaler that uses the CPU cannot work."
    ),
    remediation=(
        f"Annotate the pod template or the Namespace with {' and '.join(linkerd.PROXY_RESOURCES)}, "
        "or set the chart's values.proxy.resources."
    ),
    source="https://linkerd.io/2-edge/tasks/configuring-proxy-resources/",
    settings=(_ALWAYS, *MESHED_SETTINGS),
    check=check_proxy_resources,
    remediate=proxy_resources,
    remediable=frozenset({linkerd.HELM_RELEASE, linkerd.NAMESPACE}),
    bad=NAMESPACE + "---\n" + DEPLOYMENT + _PLANE.format(resources=""),
    good=NAMESPACE
    + "---\n"
    + DEPLOYMENT
    + _PLANE.format(resources=", resources: {cpu: {request: 10m}, memory: {limit: 250Mi}}"),
)

RULES = (PROXY_OVERRIDES, PROXY_RESOURCES)
