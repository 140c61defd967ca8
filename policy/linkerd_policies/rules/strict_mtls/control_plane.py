"""Strict mTLS: the default policy of the control plane."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import KubeObject, demand, elements, peek, read
from linkerd_policies.reading import charts, linkerd
from linkerd_policies.rules import groups
from linkerd_policies.rules.strict_mtls.inbound_policy import ALLOWED, policy_violations

_VALUE = ("proxy", "defaultInboundPolicy")


def check_control_plane(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """The control plane's own default is strict, in a release's values or in rendered objects."""
    if obj.group_kind == linkerd.DEPLOYMENT:
        yield from _rendered_violations(obj, settings)
        return
    if charts.known_chart_name(obj) == charts.CONTROL_PLANE:
        yield from _values_violations(obj, settings)


def _values_violations(obj: KubeObject, settings: Settings) -> Iterator[str]:
    path = (*charts.values_of(obj), *_VALUE)
    yield from policy_violations(obj, peek(obj.props, *path), ".".join(path), settings)


def _rendered_violations(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """The ``--default-policy`` of the policy controller in a chart that Pulumi renders."""
    pod = demand(obj.props, "spec", "template")
    if read(pod, "metadata", "labels", linkerd.CONTROL_PLANE_COMPONENT) != "destination":
        return
    for index, container in enumerate(elements(peek(pod, "spec", "containers"))):
        for argument in elements(peek(container, "args")):
            flag, _, policy = str(argument).partition("=")
            if flag == "--default-policy":
                path = f"spec.template.spec.containers[{index}].args (--default-policy)"
                yield from policy_violations(obj, policy, path, settings)


CONTROL_PLANE_STRICT_MTLS = ResourceRule(
    name="linkerd-control-plane-strict-mtls",
    display_name="The control plane's default demands mTLS",
    group=groups.STRICT_MTLS.name,
    severity=Severity.CRITICAL,
    tags=groups.STRICT_MTLS.tags,
    locked=True,
    description="The linkerd-control-plane chart has a strict default inbound policy.",
    why=(
        "Pods whose namespace names no policy get the chart's default, and the chart's default is "
        "all-unauthenticated. A namespace whose annotation is lost or misspelt falls back to it."
    ),
    remediation="Set values.proxy.defaultInboundPolicy: all-authenticated, as a plain value.",
    source="https://github.com/linkerd/linkerd2/tree/main/charts/linkerd-control-plane#values",
    settings=(ALLOWED,),
    kinds=frozenset({linkerd.HELM_RELEASE, linkerd.HELM_CHART, linkerd.DEPLOYMENT}),
    check=check_control_plane,
    bad="""\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-control-plane
values: {}
""",
    good="""\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-control-plane
values:
  proxy:
    defaultInboundPolicy: all-authenticated
""",
)

RULES = (CONTROL_PLANE_STRICT_MTLS,)
