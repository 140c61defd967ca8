"""Exposure: what clients outside of the cluster can reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, names
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, filled, peek
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.mesh import (
    Namespaces,
    is_meshed,
    meshed_namespaces,
    unknown_namespaces,
)
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.reasons import is_reason
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import NAMESPACE
from linkerd_policies.shared.limits import MIN_REASON

_OUTSIDE = ("LoadBalancer", "NodePort")
_ENTRANCES = frozenset({("networking.k8s.io", "Ingress"), ("gateway.networking.k8s.io", "Gateway")})


def check_exposure(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Every meshed object that clients outside of the cluster can reach gives a reason."""
    meshed = meshed_namespaces(objects, settings)
    kinds = (linkerd.SERVICE, *_ENTRANCES, *POD_TEMPLATES)
    yield from unknown_namespaces(meshed, objects, kinds)
    for obj in of_kinds(objects, *kinds):
        if obj.namespace in settings["systemNamespaces"]:
            continue
        for path, known in _exposed(obj, meshed):
            message = (
                _undeclared(obj, path, settings["exposed"]) if known else must_be_plain(obj, path)
            )
            if message:
                yield Finding(message, obj.urn)


def _exposed(obj: KubeObject, meshed: Namespaces) -> Iterator[tuple[str, bool]]:
    """The paths by which an object is exposed, and whether they are known to do so."""
    if obj.group_kind in POD_TEMPLATES:
        if is_meshed(obj, meshed):
            yield from _of_workload(obj)
    elif meshed.may_include(obj.namespace):
        if obj.group_kind == linkerd.SERVICE:
            yield from _of_service(obj)
        else:
            yield "spec", True


def _of_service(obj: KubeObject) -> Iterator[tuple[str, bool]]:
    kind, addresses = (peek(obj.props, "spec", key) for key in ("type", "externalIPs"))
    if kind is UNKNOWN or kind in _OUTSIDE:
        yield "spec.type", kind is not UNKNOWN
    if addresses is UNKNOWN or filled(addresses):
        yield "spec.externalIPs", addresses is not UNKNOWN


def _of_workload(obj: KubeObject) -> Iterator[tuple[str, bool]]:
    holder = (*POD_TEMPLATES[obj.group_kind], "spec")
    network = peek(obj.props, *holder, "hostNetwork")
    if network is not None and network is not False:
        yield ".".join((*holder, "hostNetwork")), network is not UNKNOWN
    for group in ("containers", "initContainers"):
        containers = peek(obj.props, *holder, group)
        if containers is UNKNOWN and network is not UNKNOWN:
            yield ".".join((*holder, group)), False
        for index, container in enumerate(elements(containers)):
            for number, port in enumerate(elements(peek(container, "ports"))):
                host: Any = peek(port, "hostPort")
                if host:
                    path = f"{'.'.join(holder)}.{group}[{index}].ports[{number}].hostPort"
                    yield path, host is not UNKNOWN


def _undeclared(obj: KubeObject, path: str, exposed: Sequence[str]) -> str | None:
    where = annotation(linkerd.ALLOW_EXPOSURE)
    if exposed:
        if obj.key in exposed:
            return None
        return (
            f"Remove {path} from {obj}, or add the object to the rule's setting exposed: it lets "
            "clients outside of the cluster in."
        )
    reason = peek(obj.props, "metadata", "annotations", linkerd.ALLOW_EXPOSURE)
    if reason is UNKNOWN:
        return must_be_plain(obj, where)
    if is_reason(reason):
        return None
    return (
        f"Remove {path} from {obj}, or say in {where} why clients outside of the cluster must "
        f"reach it ({MIN_REASON} characters or more)."
    )


_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: gateway
  namespace: shop{annotations}
spec: {{type: LoadBalancer, ports: [{{port: 80}}], selector: {{app: gateway}}}}
"""
_DECLARED = f"""
  annotations:
    {linkerd.ALLOW_EXPOSURE}: browsers outside the cluster reach the shop here"""

EXPOSURE = StackRule(
    name="linkerd-exposure",
    display_name="Every exposed object gives a reason",
    group=groups.EXPOSURE.name,
    severity=Severity.HIGH,
    tags=groups.EXPOSURE.tags,
    description="No Service of a meshed namespace is a LoadBalancer or NodePort or has external "
    "IPs, there is no Ingress or Gateway in it, and no meshed pod uses its node's network or "
    "ports, unless the object gives a reason.",
    why=(
        "Each of these bypasses the gateway. Pods on their node's network get no proxy at all. "
        "The object carries the reason, so that reviewers see what is exposed."
    ),
    remediation=(
        f"Use a ClusterIP Service, or annotate the object with {linkerd.ALLOW_EXPOSURE}: <reason>."
    ),
    source="https://kubernetes.io/docs/concepts/services-networking/service/"
    "#publishing-services-service-types",
    settings=(
        names(
            "exposed",
            "Objects that may be exposed. When it is not empty only these may be, and the "
            "annotation alone is not enough.",
        ),
        *MESHED_SETTINGS,
    ),
    check=check_exposure,
    bad=NAMESPACE + "---\n" + _SERVICE.format(annotations=""),
    good=NAMESPACE + "---\n" + _SERVICE.format(annotations=_DECLARED),
)

RULES = (EXPOSURE,)
