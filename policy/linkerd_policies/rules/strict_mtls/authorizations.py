"""Strict mTLS: which objects may give access to clients without a mesh identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import (
    Finding,
    ResourceRule,
    Settings,
    StackRule,
    names,
    whole_number,
)
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.probe_routes import opens_probes_only
from linkerd_policies.reading.reasons import is_reason
from linkerd_policies.reading.settings import SYSTEM_NAMESPACES
from linkerd_policies.rules import groups
from linkerd_policies.shared.limits import MIN_REASON

_AUTHENTICATING = ("MeshTLSAuthentication", "ServiceAccount")
_CLOSED = (None, *linkerd.STRICT_POLICIES)


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """Access for clients without a mesh identity.

    ``path`` is the field that gives it. ``target`` is the ``namespace/name`` of the Server or
    route that is open, ``None`` where more than one is. ``known`` is False where the value at
    ``path`` is unknown, so that it may or may not give access.
    """

    path: str
    target: str | None
    known: bool = True


def open_access(obj: KubeObject) -> OpenAccess | None:
    """The access that ``obj`` gives to clients without a mesh identity, if any."""
    reader = _READERS.get(obj.group_kind)
    return reader(obj) if reader else None


def _server(obj: KubeObject) -> OpenAccess | None:
    path = "spec.accessPolicy"
    policy = peek(obj.props, "spec", "accessPolicy")
    if policy in _CLOSED:
        return None
    return OpenAccess(path, _named(obj, peek(obj.props, "metadata", "name")), policy is not UNKNOWN)


def _server_authorization(obj: KubeObject) -> OpenAccess | None:
    target = _named(obj, peek(obj.props, "spec", "server", "name"))
    for keys in (("unauthenticated",), ("meshTLS", "unauthenticatedTLS")):
        value = peek(obj.props, "spec", "client", *keys)
        if value is UNKNOWN or value is True:
            return OpenAccess("spec.client." + ".".join(keys), target, value is True)
    return None


def _authorization_policy(obj: KubeObject) -> OpenAccess | None:
    path = "spec.requiredAuthenticationRefs"
    refs = peek(obj.props, "spec", "requiredAuthenticationRefs")
    kinds = [peek(ref, "kind") for ref in elements(refs)]
    if any(kind in _AUTHENTICATING for kind in kinds):
        return None
    known = refs is not UNKNOWN and UNKNOWN not in kinds
    if peek(obj.props, "spec", "targetRef", "kind") == "Namespace":
        return OpenAccess(path, None, known)
    return OpenAccess(path, _named(obj, peek(obj.props, "spec", "targetRef", "name")), known)


def _named(obj: KubeObject, name: Any) -> str | None:
    namespace = obj.namespace
    return f"{namespace}/{name}" if isinstance(name, str) and namespace is not UNKNOWN else None


_READERS: dict[tuple[str, str], Callable[[KubeObject], OpenAccess | None]] = {
    linkerd.SERVER: _server,
    linkerd.SERVER_AUTHORIZATION: _server_authorization,
    linkerd.AUTHORIZATION_POLICY: _authorization_policy,
}


def check_authorization(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """Only a declared gateway lets clients without a mesh identity in."""
    found = open_access(obj)
    if found is None or obj.namespace in settings["systemNamespaces"]:
        return
    if not found.known:
        yield must_be_plain(obj, found.path)
    elif found.target is None:
        yield (
            f"Name one Server in {obj}: {found.path} lets clients without a mesh identity in, and "
            "only a single named Server may be open."
        )
    elif settings["gateways"]:
        yield from _listed_violations(obj, found, settings["gateways"])
    else:
        yield from _declared_violations(obj, found)


def _listed_violations(
    obj: KubeObject, found: OpenAccess, gateways: Sequence[str]
) -> Iterator[str]:
    if found.target not in gateways:
        yield (
            f"Require a MeshTLSAuthentication in {obj}, or add {found.target} to the rule's "
            f"setting gateways: {found.path} lets clients without a mesh identity in."
        )


def _declared_violations(obj: KubeObject, found: OpenAccess) -> Iterator[str]:
    where = annotation(linkerd.ALLOW_UNAUTHENTICATED)
    reason = peek(obj.props, "metadata", "annotations", linkerd.ALLOW_UNAUTHENTICATED)
    if reason is UNKNOWN:
        yield must_be_plain(obj, where)
    elif not is_reason(reason):
        yield (
            f"Require a MeshTLSAuthentication in {obj}, or say in {where} why clients outside the "
            f"mesh must reach {found.target} ({MIN_REASON} characters or more): {found.path} lets "
            "clients without a mesh identity in."
        )


def check_gateways(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """A stack opens no more gateways than its reviewers agreed to."""
    limit = int(settings["maxGateways"])
    targets: dict[str, KubeObject] = {}
    for obj in of_kinds(objects, *_READERS):
        found = open_access(obj)
        if not found or not found.target or obj.namespace in settings["systemNamespaces"]:
            continue
        if not opens_probes_only(obj, objects):
            targets.setdefault(found.target, obj)
    if len(targets) <= limit:
        return
    listed = ", ".join(sorted(targets))
    for target, obj in sorted(targets.items()):
        yield Finding(
            f"Close {target}, opened by {obj}, or raise the rule's setting maxGateways: the stack "
            f"opens {len(targets)} Servers to clients without a mesh identity ({listed}), and "
            f"{limit} may be open.",
            obj.urn,
        )


_TAGS = ("linkerd", "mtls", "authorization", "security")
_SOURCE = "https://linkerd.io/2-edge/reference/authorization-policy/"
_GATEWAY = """\
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata:
  name: {name}
  namespace: shop{annotations}
spec:
  targetRef: {{group: policy.linkerd.io, kind: Server, name: {name}}}
  requiredAuthenticationRefs:
    - {{group: policy.linkerd.io, kind: NetworkAuthentication, name: internet}}
"""
_DECLARED = f"""
  annotations:
    {linkerd.ALLOW_UNAUTHENTICATED}: browsers outside the mesh reach the shop here"""

AUTHORIZATION_STRICT_MTLS = ResourceRule(
    name="linkerd-authorization-strict-mtls",
    display_name="Only a declared gateway is open",
    group=groups.STRICT_MTLS.name,
    severity=Severity.CRITICAL,
    tags=_TAGS,
    locked=True,
    description="Only a declared gateway lets clients without a mesh identity in.",
    why=(
        "A Server's access policy, a ServerAuthorization or an AuthorizationPolicy without a "
        "mesh identity opens a port that the default inbound policy had closed. A gateway needs "
        "that. The object that opens the port carries the reason, so that reviewers see it. A "
        "NetworkAuthentication is not an identity: it checks only addresses."
    ),
    remediation=(
        "Add a MeshTLSAuthentication or ServiceAccount to requiredAuthenticationRefs. For a "
        "gateway, annotate the object that opens it with "
        f"{linkerd.ALLOW_UNAUTHENTICATED}: <reason>."
    ),
    source=_SOURCE,
    settings=(
        names(
            "gateways",
            "Servers that may be open. When it is not empty only these may be, and the annotation "
            "alone is not enough.",
        ),
        SYSTEM_NAMESPACES,
    ),
    kinds=frozenset(_READERS),
    check=check_authorization,
    bad=_GATEWAY.format(name="cart", annotations=""),
    good=_GATEWAY.format(name="gateway", annotations=_DECLARED),
)

GATEWAY_LIMIT = StackRule(
    name="linkerd-gateway-limit",
    display_name="A stack has few gateways",
    group=groups.STRICT_MTLS.name,
    severity=Severity.HIGH,
    tags=_TAGS,
    locked=True,
    description="A stack opens no more Servers to clients without a mesh identity than agreed.",
    why=(
        "The annotation that declares a gateway is written by whoever writes the object. The "
        "limit is in the pack's configuration, so a second gateway needs a second reviewer. A "
        "route that matches only the HTTP probes of the stack's workloads does not count."
    ),
    remediation="Close the Server again, or raise maxGateways in the pack's configuration.",
    source=_SOURCE,
    settings=(
        whole_number(
            "maxGateways",
            "How many Servers (or routes) of a stack may be open to clients outside the mesh.",
            default=1,
            minimum=0,
            maximum=20,
        ),
        SYSTEM_NAMESPACES,
    ),
    check=check_gateways,
    bad=_GATEWAY.format(name="gateway", annotations=_DECLARED)
    + "---\n"
    + _GATEWAY.format(name="cart", annotations=_DECLARED),
    good=_GATEWAY.format(name="gateway", annotations=_DECLARED),
)

RULES = (AUTHORIZATION_STRICT_MTLS, GATEWAY_LIMIT)
