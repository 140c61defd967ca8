"""Strict mTLS: Servers without an authorization, and ports without a Server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, names, subset
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, as_name, elements, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.label_selector import takes
from linkerd_policies.reading.mesh import (
    Namespaces,
    declared_namespaces,
    meshed_namespaces,
    objects_in,
    unknown_namespaces,
)
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.pods import Pods, may_take
from linkerd_policies.reading.reasons import is_reason
from linkerd_policies.reading.services import selector_of, selects
from linkerd_policies.reading.settings import MESHED_NAMESPACES, SYSTEM_NAMESPACES
from linkerd_policies.rules import groups
from linkerd_policies.shared.limits import MIN_REASON


def check_servers(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Every Server has an authorization, or a reason for having none."""
    for obj in of_kinds(objects, linkerd.SERVER):
        if obj.namespace in settings["systemNamespaces"] or obj.key in settings["closed"]:
            continue
        if obj.key is UNKNOWN:
            yield Finding(must_be_plain(obj, "metadata.name and metadata.namespace"), obj.urn)
        elif not _needs_none(obj) and not _is_authorized(obj, objects):
            yield Finding(
                f"Add an AuthorizationPolicy whose targetRef is {obj}, or say in "
                f"{annotation(linkerd.REFUSE_ALL)} why nobody may call it ({MIN_REASON} characters "
                "or more): a Server without one refuses every client.",
                obj.urn,
            )


def _needs_none(server: KubeObject) -> bool:
    """Whether the Server needs no authorization: by its own policy, or a reason to have none."""
    reason = peek(server.props, "metadata", "annotations", linkerd.REFUSE_ALL)
    policy = peek(server.props, "spec", "accessPolicy")
    return is_reason(reason) or policy is not None


def _is_authorized(server: KubeObject, objects: Sequence[KubeObject]) -> bool:
    """Whether any authorization is for the Server, for a route of it or for its namespace."""
    namespace, targets = server.namespace, _targets(objects)
    wanted = [("Server", server.name), ("Namespace", namespace)]
    wanted += _routes(objects).get((namespace, server.name), ())
    return any((namespace, *one) in targets for one in wanted) or any(
        _takes(obj, server) for obj in of_kinds(objects, linkerd.SERVER_AUTHORIZATION)
    )


def _takes(authorization: KubeObject, server: KubeObject) -> bool:
    if authorization.namespace != server.namespace:
        return False
    if peek(authorization.props, "spec", "server", "name") == server.name:
        return True
    selector = peek(authorization.props, "spec", "server", "selector")
    return takes(selector, peek(server.props, "metadata", "labels") or {}) is True


@once
def _targets(objects: Sequence[KubeObject]) -> Collection[tuple[Any, Any, Any]]:
    """The namespace of each AuthorizationPolicy, and kind and name of its target."""
    found = set()
    for obj in of_kinds(objects, linkerd.AUTHORIZATION_POLICY):
        kind, name = (
            as_name(peek(obj.props, "spec", "targetRef", key)) for key in ("kind", "name")
        )
        found.add((obj.namespace, kind, name))
    return found


@once
def _routes(objects: Sequence[KubeObject]) -> Mapping[tuple[Any, Any], Sequence[tuple[str, Any]]]:
    """Kind and name of the routes of each Server, by its namespace and name."""
    found: dict[tuple[Any, Any], list[tuple[str, Any]]] = defaultdict(list)
    for obj in of_kinds(objects, *linkerd.ROUTES):
        for parent in elements(peek(obj.props, "spec", "parentRefs")):
            if peek(parent, "kind") == "Server":
                found[obj.namespace, as_name(peek(parent, "name"))].append((obj.kind, obj.name))
    return found


def check_coverage(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Every port that a Service offers in a closed namespace has a Server."""
    closed = _closed(objects, settings["policies"])
    meshed = meshed_namespaces(objects, settings)
    if not meshed.names:
        return
    yield from unknown_namespaces(closed, objects, (linkerd.SERVICE,))
    for obj in objects_in(closed, objects, linkerd.SERVICE):
        if meshed.may_include(obj.namespace) and obj.key not in settings["open"]:
            for message in _uncovered(obj, objects):
                yield Finding(message, obj.urn)


def _closed(objects: Sequence[KubeObject], policies: Sequence[str]) -> Namespaces:
    """The stack's namespaces with one of ``policies``, or with one that is unknown."""
    found = set()
    for obj in declared_namespaces(objects):
        policy = peek(obj.props, "metadata", "annotations", linkerd.INBOUND_POLICY)
        if policy is UNKNOWN or policy in policies:
            found.add(obj.name)
    return Namespaces(frozenset(found))


def _uncovered(service: KubeObject, objects: Sequence[KubeObject]) -> Iterator[str]:
    selector, ports = selector_of(service), peek(service.props, "spec", "ports")
    if selector is UNKNOWN or ports is UNKNOWN:
        yield must_be_plain(service, "spec.selector" if selector is UNKNOWN else "spec.ports")
        return
    for pod in may_take(objects, {"matchLabels": selector}):
        verdict = pod.namespace == service.namespace and selects(selector, pod.labels)
        if verdict is UNKNOWN:
            yield must_be_plain(pod.obj, "the labels of the pods")
        elif verdict:
            mine = _servers_of_pods(objects).get(id(pod.obj), ())
            for index, port in enumerate(elements(ports)):
                yield from _port_violations(service, f"spec.ports[{index}]", port, pod, mine)


@once
def _servers_of_pods(objects: Sequence[KubeObject]) -> Mapping[int, Sequence[KubeObject]]:
    """The Servers whose podSelector takes a workload's pods, by the workload's identity."""
    found: dict[int, list[KubeObject]] = defaultdict(list)
    for server in of_kinds(objects, linkerd.SERVER):
        selector = peek(server.props, "spec", "podSelector")
        for pod in may_take(objects, selector):
            if server.namespace == pod.namespace and takes(selector, pod.labels) is True:
                found[id(pod.obj)].append(server)
    return found


def _port_violations(
    service: KubeObject, path: str, port: Any, pod: Pods, servers: Sequence[KubeObject]
) -> Iterator[str]:
    target = peek(port, "targetPort")
    target = peek(port, "port") if target is None else target
    if target is UNKNOWN:
        yield must_be_plain(service, f"{path}.targetPort")
    elif not any(_same(peek(server.props, "spec", "port"), target, pod) for server in servers):
        yield (
            f"Add a Server for {path} of {service}, one whose podSelector takes the pods of "
            f"{pod.obj} and whose port is theirs: without one, {annotation(linkerd.INBOUND_POLICY)}"
            " of the Namespace decides alone who may call it."
        )


def _same(one: Any, other: Any, pod: Pods) -> bool:
    return bool(_number(one, pod) == _number(other, pod))


def _number(port: Any, pod: Pods) -> Any:
    if isinstance(port, str) and pod.ports is not UNKNOWN:
        return pod.ports.get(port, port)
    return port


_SERVER = """\
apiVersion: policy.linkerd.io/v1beta1
kind: Server
metadata: {name: cart, namespace: shop}
spec: {podSelector: {matchLabels: {app: cart}}, port: http}
"""
_AUTHORIZATION = """\
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: cart}
  requiredAuthenticationRefs:
    - {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: web}
"""
_CLOSED_SHOP = f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations: {{{linkerd.INJECT}: enabled, {linkerd.INBOUND_POLICY}: deny}}
---
apiVersion: v1
kind: Service
metadata: {{name: cart, namespace: shop}}
spec: {{ports: [{{port: 80, targetPort: http}}], selector: {{app: cart}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  template:
    metadata: {{labels: {{app: cart}}}}
    spec: {{containers: [{{name: app, image: app, ports: [{{name: http, containerPort: 8080}}]}}]}}
"""
_SOURCE = "https://linkerd.io/2-edge/reference/authorization-policy/"

SERVER_AUTHORIZED = StackRule(
    name="linkerd-server-authorized",
    display_name="Every Server authorizes a client",
    group=groups.STRICT_MTLS.name,
    severity=Severity.HIGH,
    tags=groups.STRICT_MTLS.tags,
    description=(
        "Every Server has an AuthorizationPolicy or ServerAuthorization, for it, for a route of "
        "it, or for its namespace, or a reason for having none."
    ),
    why=(
        "The default inbound policy does not apply to a port with a Server, and a Server by itself "
        "authorizes nobody: without an authorization every request to the port is refused."
    ),
    remediation=(
        "Add an AuthorizationPolicy with the callers' identities. A port that nobody may call says "
        f"so: `accessPolicy: deny` from v1beta3 on, or {linkerd.REFUSE_ALL}: <reason>."
    ),
    source=_SOURCE,
    settings=(
        names("closed", "Servers whose callers another stack authorizes."),
        SYSTEM_NAMESPACES,
    ),
    check=check_servers,
    bad=_SERVER,
    good=_SERVER + _AUTHORIZATION,
)

SERVER_COVERAGE = StackRule(
    name="linkerd-server-coverage",
    display_name="Every port has a Server",
    group=groups.STRICT_MTLS.name,
    severity=Severity.HIGH,
    tags=groups.STRICT_MTLS.tags,
    description="In a namespace with the policy `deny`, every port that a Service offers has a "
    "Server.",
    why=(
        "Where the namespace denies, nobody can call a port without a Server. Where it "
        "only asks for mTLS, every workload of the mesh may call the port; the setting `policies` "
        "extends the rule to such namespaces, for zero trust."
    ),
    remediation="Add a Server and an AuthorizationPolicy for the port.",
    source=_SOURCE,
    settings=(
        subset(
            "policies",
            "The default inbound policies of the namespaces that the rule looks at.",
            allowed=linkerd.STRICT_POLICIES,
            default=("deny",),
        ),
        names("open", "Services whose ports need no Server."),
        MESHED_NAMESPACES,
    ),
    check=check_coverage,
    bad=_CLOSED_SHOP,
    good=_CLOSED_SHOP + "---\n" + _SERVER,
)

RULES = (SERVER_AUTHORIZED, SERVER_COVERAGE)
