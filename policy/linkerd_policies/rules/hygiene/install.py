"""Hygiene: how a program installs the mesh itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, ResourceRule, Settings, StackRule, switch
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, peek
from linkerd_policies.reading import charts
from linkerd_policies.reading.messages import must_be_plain, shown
from linkerd_policies.rules import groups

_EXACT = re.compile(r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def check_pinned_chart(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """A chart of Linkerd's from a repository names one version."""
    if charts.known_chart_name(obj) is None or charts.is_local(obj):
        return
    version = peek(obj.props, "version")
    if version is UNKNOWN:
        yield must_be_plain(obj, "version")
    elif not isinstance(version, str) or not _EXACT.fullmatch(version):
        yield (
            f"Set version of {obj} to one exact version, such as 2026.6.3: a range, or none, "
            "upgrades the mesh on a day that nobody chose."
        )


CHART_PINNED = ResourceRule(
    name="linkerd-chart-pinned",
    display_name="The mesh's charts are pinned",
    group=groups.HYGIENE.name,
    severity=Severity.HIGH,
    tags=groups.HYGIENE.tags,
    description="Each of Linkerd's charts that comes from a repository has an exact version.",
    why=(
        "Without a version, each run of Helm uses the newest one: the control plane gets ahead "
        "of its CRDs and of the running proxies, and two clusters with the same code differ."
    ),
    remediation=(
        "Set version to an exact version, the same for linkerd-crds and linkerd-control-plane."
    ),
    source="https://linkerd.io/2-edge/tasks/install-helm/",
    kinds=charts.CHART_KINDS,
    check=check_pinned_chart,
    bad="""\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-crds
repositoryOpts: {repo: https://helm.linkerd.io/edge}
version: ">= 2026.1"
""",
    good="""\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-crds
repositoryOpts: {repo: https://helm.linkerd.io/edge}
version: 2026.6.3
""",
)

_REQUIRE_HA = switch(
    "requireHighAvailability", "Whether the control plane must survive the loss of a node."
)
REPLICAS = 3
"""What ``values-ha.yaml`` of the control plane's chart sets."""


def check_high_availability(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """The control plane has the values that ``values-ha.yaml`` has."""
    if not settings[_REQUIRE_HA.name]:
        return
    if charts.known_chart_name(obj) != charts.CONTROL_PLANE:
        return
    above = charts.values_of(obj)
    values = ".".join(above)
    replicas = peek(obj.props, *above, "controllerReplicas")
    enough = isinstance(replicas, (int, float)) and replicas >= REPLICAS
    if replicas is UNKNOWN:
        yield must_be_plain(obj, f"{values}.controllerReplicas")
    elif not enough:
        yield (
            f"Set {values}.controllerReplicas of {obj} to {REPLICAS} or more (found "
            f"{shown(replicas)})."
        )
    for key, needed, found_as in _HA_VALUES:
        value = peek(obj.props, *above, key)
        if value is UNKNOWN:
            yield must_be_plain(obj, f"{values}.{key}")
        elif value != needed:
            yield f"Set {values}.{key} of {obj} to {found_as}."


_HA_VALUES = (
    ("enablePodDisruptionBudget", True, "true"),
    ("enablePodAntiAffinity", True, "true"),
    (
        "webhookFailurePolicy",
        "Fail",
        "Fail: else a pod that starts while no injector answers stays outside of the mesh",
    ),
)
_CONTROL_PLANE = """\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-control-plane
version: 2026.6.3
repositoryOpts: {{repo: https://helm.linkerd.io/edge}}
values:
  proxy: {{defaultInboundPolicy: all-authenticated}}
  controllerReplicas: {replicas}
  enablePodDisruptionBudget: true
  enablePodAntiAffinity: true
  webhookFailurePolicy: Fail
"""

HIGH_AVAILABILITY = ResourceRule(
    name="linkerd-high-availability",
    display_name="The control plane survives the loss of a node",
    group=groups.HYGIENE.name,
    severity=Severity.HIGH,
    tags=groups.HYGIENE.tags,
    description=(
        "Where required, the control plane runs three pods on different nodes, and its webhooks "
        "fail closed."
    ),
    why=(
        "With one pod of each controller, no proxy gets an identity while that pod's node "
        "restarts. With a webhook that fails open, a pod that starts in that time has no proxy, "
        "and no error says so. Development clusters do not need it, so the rule is off by "
        "default."
    ),
    remediation="Use the values of the chart's values-ha.yaml.",
    source="https://linkerd.io/2-edge/features/ha/",
    settings=(_REQUIRE_HA,),
    example_settings={"requireHighAvailability": True},
    kinds=charts.CHART_KINDS,
    check=check_high_availability,
    bad=_CONTROL_PLANE.format(replicas=1),
    good=_CONTROL_PLANE.format(replicas=3),
)


def check_one_control_plane(
    objects: Sequence[KubeObject], _settings: Settings
) -> Iterator[Finding]:
    """No cluster gets a second control plane."""
    first: dict[str, KubeObject] = {}
    for obj in objects:
        if charts.chart_name(obj) == charts.CONTROL_PLANE:
            other = first.setdefault(obj.provider, obj)
            if other is not obj:
                yield Finding(
                    f"Remove {obj.resource_name} or {other.resource_name}: both install a control "
                    "plane in the same cluster, which can have one only.",
                    obj.urn,
                )


ONE_CONTROL_PLANE = StackRule(
    name="linkerd-one-control-plane",
    display_name="A cluster has one control plane",
    group=groups.HYGIENE.name,
    severity=Severity.HIGH,
    tags=groups.HYGIENE.tags,
    description="No two releases of a stack install a control plane in the same cluster.",
    why=(
        "Linkerd's webhooks and roles exist once in a cluster: a second control plane takes them "
        "over from the first, and it is left to chance which of the two injects a pod. "
        "Several clusters in one stack are fine."
    ),
    remediation="Keep one; upgrade it in place, or move the other to a cluster of its own.",
    source="https://linkerd.io/2-edge/tasks/upgrade/",
    check=check_one_control_plane,
    bad=_CONTROL_PLANE.format(replicas=3) + "---\n" + _CONTROL_PLANE.format(replicas=1),
    good=_CONTROL_PLANE.format(replicas=3),
)

_REQUIRE_PROTECT = switch(
    "requireProtection",
    "Whether resources with Linkerd's CRDs must have the option `protect`.",
)


def check_protected_crds(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """Resources that contain the CRDs are protected from deletion."""
    if not settings[_REQUIRE_PROTECT.name] or obj.protected:
        return
    if charts.known_chart_name(obj) == charts.CRDS or _is_crd(obj):
        yield (
            f"Protect {obj.resource_name}, with the resource option protect: without the CRDs "
            "every profile, route, server and authorization of the cluster is gone."
        )


def _is_crd(obj: KubeObject) -> bool:
    name = peek(obj.props, "metadata", "name")
    return obj.group_kind == _CRD and isinstance(name, str) and name.endswith(".linkerd.io")


_CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")

CRDS_PROTECTED = ResourceRule(
    name="linkerd-crds-protected",
    display_name="Linkerd's CRDs are protected",
    group=groups.HYGIENE.name,
    severity=Severity.HIGH,
    tags=groups.HYGIENE.tags,
    description="Where required, Linkerd's CRDs cannot be deleted by mistake.",
    why=(
        "Deleting a CRD deletes every object of its kind, in all namespaces, within seconds. "
        "Pulumi's `protect` prevents it. A policy can see `protect` but not `retainOnDelete`, so "
        "only `protect` counts. A stack for experiments must be easy to remove, so the rule is "
        "off by default."
    ),
    remediation="Give the resource the option protect.",
    source="https://www.pulumi.com/docs/iac/concepts/options/protect/",
    settings=(_REQUIRE_PROTECT,),
    example_settings={"requireProtection": True},
    kinds=frozenset({*charts.CHART_KINDS, _CRD}),
    check=check_protected_crds,
    bad="""\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-crds
version: 2026.6.3
repositoryOpts: {repo: https://helm.linkerd.io/edge}
""",
    good="""\
apiVersion: helm.sh/v3
kind: Release
chart: redis
""",
)

RULES = (
    CHART_PINNED,
    HIGH_AVAILABILITY,
    ONE_CONTROL_PLANE,
    CRDS_PROTECTED,
)
