"""Strict mTLS: the inbound policies of namespaces and workloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import (
    Finding,
    ResourceRule,
    Setting,
    Settings,
    StackRule,
    names,
    subset,
)
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, peek, read
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.framework.wording import one_of
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.mesh import declared_namespaces
from linkerd_policies.reading.messages import annotation, must_be_plain, shown
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.settings import SYSTEM_NAMESPACES
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import NAMESPACE
from linkerd_policies.rules.remediations import strict_namespace

ALLOWED = subset(
    "allowedPolicies",
    "The default inbound policies that count as strict.",
    allowed=linkerd.STRICT_POLICIES,
)
_SKIPPED = "allowSkippedPorts"
_UNMESHED = "allowUnmeshed"


def _skipped_setting(what: str) -> Setting:
    return names(
        _SKIPPED,
        f"{what} that may name ports or subnets which go around the proxy, so without mTLS.",
        namespaced=what != "Namespaces",
    )


def policy_violations(obj: KubeObject, policy: Any, path: str, settings: Settings) -> Iterator[str]:
    """Violations of a default inbound policy that is written down at ``path``."""
    allowed = settings["allowedPolicies"]
    if policy is UNKNOWN:
        yield must_be_plain(obj, path)
    elif policy not in allowed:
        yield (
            f"Set {path} of {obj} to {one_of(allowed)} (found {shown(policy)}), "
            "so that clients without a mesh identity are refused."
        )


def _annotation(obj: KubeObject, holder: Sequence[str], key: str) -> Any:
    """An annotation's value; raises when the annotations as a whole are unknown."""
    return read(obj.props, *holder, "metadata", "annotations", key)


def _path(holder: Sequence[str], key: str) -> str:
    return annotation(key, ".".join((*holder, "metadata")))


def _bypass_violations(obj: KubeObject, holder: Sequence[str]) -> Iterator[str]:
    for key in linkerd.BYPASSES:
        value = _annotation(obj, holder, key)
        if value is UNKNOWN:
            yield must_be_plain(obj, _path(holder, key))
        elif value:
            yield (
                f"Remove {_path(holder, key)} from {obj}, or list the object in the rule's "
                f"setting {_SKIPPED}: what it names goes around the proxy, so without mTLS."
            )


def check_namespace(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """A meshed namespace names a strict policy and leaves injection and mTLS switched on."""
    inject = _annotation(obj, (), linkerd.INJECT)
    policy = _annotation(obj, (), linkerd.INBOUND_POLICY)
    if inject is UNKNOWN:
        yield must_be_plain(obj, annotation(linkerd.INJECT))
    meshed = inject is UNKNOWN or inject in linkerd.INJECTED
    if meshed or policy is not None:
        yield from policy_violations(obj, policy, annotation(linkerd.INBOUND_POLICY), settings)
    if meshed and read(obj.props, "metadata", "labels", linkerd.ADMISSION_WEBHOOKS) == "disabled":
        yield (
            f'Remove metadata.labels["{linkerd.ADMISSION_WEBHOOKS}"] from {obj} (found '
            f'"disabled"): it keeps the proxy out of every pod, although {linkerd.INJECT} is set.'
        )
    if obj.name not in settings[_SKIPPED]:
        yield from _bypass_violations(obj, ())


def check_workload(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """No pod template weakens the policy of its namespace."""
    if obj.namespace in settings["systemNamespaces"]:
        return
    holder = POD_TEMPLATES[obj.group_kind]
    policy = _annotation(obj, holder, linkerd.INBOUND_POLICY)
    if policy is not None:
        path = _path(holder, linkerd.INBOUND_POLICY)
        yield from policy_violations(obj, policy, path, settings)
    if obj.key not in settings[_UNMESHED]:
        yield from _unmeshed_violations(obj, holder)
    if obj.key not in settings[_SKIPPED]:
        yield from _bypass_violations(obj, holder)


def _unmeshed_violations(obj: KubeObject, holder: Sequence[str]) -> Iterator[str]:
    inject = _annotation(obj, holder, linkerd.INJECT)
    if inject is UNKNOWN:
        yield must_be_plain(obj, _path(holder, linkerd.INJECT))
    elif inject == "disabled":
        yield (
            f'Remove {_path(holder, linkerd.INJECT)} from {obj} (found "disabled"), or list '
            f"the object in the rule's setting {_UNMESHED}: its pods neither ask for nor offer "
            "mTLS."
        )


def check_injected_workloads(
    objects: Sequence[KubeObject], settings: Settings
) -> Iterator[Finding]:
    """A workload that asks for the proxy itself has a policy, of its own or of its namespace."""
    protected = _namespaces(objects)
    for obj in of_kinds(objects, *POD_TEMPLATES):
        if obj.namespace not in settings["systemNamespaces"]:
            yield from _unprotected(obj, protected)


def _namespaces(objects: Sequence[KubeObject]) -> dict[str, bool]:
    """The stack's namespaces, and whether any of the objects for it names a policy."""
    result: dict[str, bool] = {}
    for obj in declared_namespaces(objects):
        name = obj.name
        if name is not UNKNOWN:
            policy = peek(obj.props, "metadata", "annotations", linkerd.INBOUND_POLICY)
            result[name] = result.get(name, False) or policy is not None
    return result


def _unprotected(obj: KubeObject, protected: Mapping[str, bool]) -> Iterator[Finding]:
    annotations = (*POD_TEMPLATES[obj.group_kind], "metadata", "annotations")
    inject = peek(obj.props, *annotations, linkerd.INJECT)
    policy = peek(obj.props, *annotations, linkerd.INBOUND_POLICY)
    namespace = obj.namespace
    if inject not in linkerd.INJECTED or policy is not None:
        return
    if namespace is UNKNOWN:
        yield Finding(must_be_plain(obj, "metadata.namespace"), obj.urn)
    elif not protected.get(namespace, True):
        yield Finding(
            f"Annotate Namespace {namespace} with {linkerd.INBOUND_POLICY}: {obj} asks for the "
            "proxy by itself, and no policy makes it refuse clients without a mesh identity.",
            obj.urn,
        )


_SERVER_POLICY = "https://linkerd.io/2-edge/features/server-policy/"

NAMESPACE_STRICT_MTLS = ResourceRule(
    name="linkerd-namespace-strict-mtls",
    display_name="Meshed namespaces demand mTLS",
    group=groups.STRICT_MTLS.name,
    severity=Severity.CRITICAL,
    tags=groups.STRICT_MTLS.tags,
    locked=True,
    description="Every meshed namespace refuses clients without a mesh identity.",
    why=(
        "Linkerd encrypts meshed traffic by itself, but lets clients without mTLS in unless the "
        "default inbound policy says otherwise. Linkerd reads the policy when a pod is created, so "
        "it belongs on the Namespace, before any workload. A misspelt policy falls back to the "
        "cluster's default without an error."
    ),
    remediation=(
        f"Annotate the Namespace with {linkerd.INBOUND_POLICY}: all-authenticated, then restart "
        "the pods that are there already."
    ),
    source=_SERVER_POLICY,
    settings=(ALLOWED, _skipped_setting("Namespaces")),
    kinds=frozenset({linkerd.NAMESPACE}),
    check=check_namespace,
    remediate=strict_namespace,
    remediable=frozenset({linkerd.NAMESPACE}),
    bad=f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    {linkerd.INJECT}: enabled
""",
    good=NAMESPACE,
)

WORKLOAD_STRICT_MTLS = ResourceRule(
    name="linkerd-workload-strict-mtls",
    display_name="Workloads keep mTLS on",
    group=groups.STRICT_MTLS.name,
    severity=Severity.CRITICAL,
    tags=groups.STRICT_MTLS.tags,
    locked=True,
    description="No pod template weakens its namespace's mTLS.",
    why=(
        "An annotation on the pod template takes precedence over the namespace's: it can let "
        "clients without mTLS in, keep the proxy out, or route ports around it."
    ),
    remediation=(
        "Remove the annotation from the pod template; for a port that clients outside the mesh "
        f"must reach, open just that port, see linkerd-authorization-strict-mtls. A workload that "
        f"must stay out of the mesh is listed in the setting {_UNMESHED}."
    ),
    source=_SERVER_POLICY,
    settings=(
        ALLOWED,
        names(_UNMESHED, f"Workloads that may say `{linkerd.INJECT}: disabled`."),
        _skipped_setting("Workloads"),
        SYSTEM_NAMESPACES,
    ),
    kinds=frozenset(POD_TEMPLATES),
    check=check_workload,
    bad=f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  template:
    metadata:
      annotations:
        {linkerd.INBOUND_POLICY}: all-unauthenticated
        config.linkerd.io/skip-inbound-ports: "8080"
""",
    good="""\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata:
      labels: {app: cart}
""",
)

_NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {{name: shop, annotations: {{{annotations}}}}}
---
"""
_INJECTED = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  template:
    metadata: {{annotations: {{{linkerd.INJECT}: enabled}}}}
"""

INJECTED_WORKLOAD_STRICT_MTLS = StackRule(
    name="linkerd-injected-workload-strict-mtls",
    display_name="Workloads that are meshed one by one demand mTLS",
    group=groups.STRICT_MTLS.name,
    severity=Severity.CRITICAL,
    tags=groups.STRICT_MTLS.tags,
    locked=True,
    description="A workload that asks for the proxy itself has a strict policy, of its own or its "
    "namespace's.",
    why=(
        "A pod template can ask for the proxy where its namespace does not. Such a pod gets the "
        "cluster's default policy, which another program decides. A namespace of another stack "
        "cannot be seen and counts as strict."
    ),
    remediation=(
        f"Annotate the Namespace, or the pod template, with {linkerd.INBOUND_POLICY}: "
        "all-authenticated."
    ),
    source=_SERVER_POLICY,
    settings=(SYSTEM_NAMESPACES,),
    check=check_injected_workloads,
    bad=_NAMESPACE.format(annotations="") + _INJECTED,
    good=_NAMESPACE.format(annotations=f"{linkerd.INBOUND_POLICY}: deny") + _INJECTED,
)

RULES = (
    NAMESPACE_STRICT_MTLS,
    WORKLOAD_STRICT_MTLS,
    INJECTED_WORKLOAD_STRICT_MTLS,
)
