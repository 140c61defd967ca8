"""Exposure: what clients outside of the cluster reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, names
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.relations import adrift, filled, is_meshed, meshed_namespaces
from linkerd_policies.rules.strict_mtls.inbound_policy import POD_TEMPLATES, SYSTEM_NAMESPACES
from linkerd_policies.rules.wiring.references import MESHED
from linkerd_policies.shared.limits import MIN_REASON

GROUP = "Exposure"

_OUTSIDE = ("LoadBalancer", "NodePort")
_ENTRANCES = frozenset({("networking.k8s.io", "Ingress"), ("gateway.networking.k8s.io", "Gateway")})


def check_exposure(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Nothing in the mesh is exposed but what says why."""
    meshed = meshed_namespaces(objects)
    kinds = (linkerd.SERVICE, *_ENTRANCES, *POD_TEMPLATES)
    yield from adrift(objects, kinds, meshed)
    for obj in of_kinds(objects, *kinds):
        if obj.namespace in settings["systemNamespaces"]:
            continue
        for path, known in _exposed(obj, meshed):
            message = (
                _undeclared(obj, path, settings["exposed"]) if known else must_be_plain(obj, path)
            )
            if message:
                yield Finding(message, obj.urn)


def _exposed(obj: KubeObject, meshed: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """The paths by which an object is exposed, and whether they are known to do so."""
    if obj.group_kind in POD_TEMPLATES:
        if is_meshed(obj, meshed):
            yield from _of_workload(obj)
    elif obj.namespace in meshed:
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
    if isinstance(reason, str) and len(reason.strip()) >= MIN_REASON:
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
    display_name="Only what says why is exposed",
    group=GROUP,
    severity=Severity.HIGH,
    tags=("linkerd", "exposure", "security"),
    description="No Service of a meshed namespace is a LoadBalancer or NodePort or has external "
    "IPs, there is no Ingress or Gateway in it, and no meshed pod uses its node's network or "
    "ports, unless the object says why.",
    why=(
        "Each is a way around the gateway. Pods on their node's network get no proxy at all. So "
        "that an exposure shows in review, the object carries the reason."
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
        SYSTEM_NAMESPACES,
    ),
    check=check_exposure,
    bad=MESHED + _SERVICE.format(annotations=""),
    good=MESHED + _SERVICE.format(annotations=_DECLARED),
)

RULES = (EXPOSURE,)
