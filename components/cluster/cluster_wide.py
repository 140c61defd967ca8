"""Objects outside of any namespace that the program makes: none of somebody else's is taken over.

Helm refuses such objects half-way, and some versions of the Kubernetes provider take them over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.cluster.connection import (
    HELM_RELEASE,
    SECONDS_TO_ANSWER,
    allowed,
    connected,
)
from components.cluster.facts import ClusterContext
from components.cluster.kube_system import EXEMPTION
from components.cluster.ownership import MANAGER, PART_OF
from components.config.stack.settings import Linkerd
from components.findings import Finding
from components.linkerd import namespaces
from components.linkerd.releases import FLAGGER, SMI

GATES = (
    "namespace-strict-mtls",
    "pod-strict-mtls",
    "podtemplate-strict-mtls",
    "workload-strict-mtls",
    "cronjob-strict-mtls",
    "servers-strict-mtls",
    "serverauthorizations-strict-mtls",
    "authorizationpolicies-strict-mtls",
    "serviceprofiles-retry-limits",
    "retry-annotations-limits",
)
"""The gates of :mod:`components.security.gates`, which follow the namespace in a policy's name."""

_PART_OF = "app.kubernetes.io/part-of"
_MESH = namespaces.CONTROL_PLANE
_CONTROL_PLANE = (
    "linkerd-proxy-injector-webhook-config",
    "linkerd-sp-validator-webhook-config",
    "linkerd-policy-validator-webhook-config",
)
_CRD = "trafficsplits.split.smi-spec.io"


def cluster_wide_objects_are_the_stacks(context: ClusterContext) -> Iterator[Finding]:
    """No object of the cluster that the program makes is somebody else's."""
    if context.stack is not None:
        yield from of_others(context)


def of_others(context: ClusterContext) -> list[Finding]:
    """A finding for each object of somebody else's. Raises :class:`Unreachable`."""
    with connected(context.settings.cluster) as api:
        found = [*_gates(api, context), *_webhooks(api, context.linkerd)]
        if context.linkerd.smi == "install":
            found += _crd(api)
        if context.linkerd.flagger == "install":
            found += _flagger(api)
        if context.linkerd.high_availability:
            found += _label(api)
    return found


def _gates(api: Any, context: ClusterContext) -> Iterator[Finding]:
    from kubernetes import client

    if context.settings.admission.mode == "off":
        return
    found = client.AdmissionregistrationV1Api(api)
    names = {f"{context.settings.namespace}-{gate}" for gate in GATES}
    lists = {
        "ValidatingAdmissionPolicy": found.list_validating_admission_policy,
        "ValidatingAdmissionPolicyBinding": found.list_validating_admission_policy_binding,
    }
    for kind, ask in lists.items():
        with allowed():
            for one in ask(_request_timeout=SECONDS_TO_ANSWER).items:
                if one.metadata.name in names and not _is_ours(one.metadata):
                    yield _finding(
                        "admission.mode",
                        f'the {kind} "{one.metadata.name}"',
                        one.metadata,
                        'Set it to "off", set another `namespace`, or remove that object.',
                    )


def _webhooks(api: Any, linkerd: Linkerd) -> Iterator[Finding]:
    from kubernetes import client

    found = client.AdmissionregistrationV1Api(api)
    owners = _owners(linkerd)
    lists = {
        "MutatingWebhookConfiguration": found.list_mutating_webhook_configuration,
        "ValidatingWebhookConfiguration": found.list_validating_webhook_configuration,
    }
    for kind, ask in lists.items():
        with allowed():
            for one in ask(_request_timeout=SECONDS_TO_ANSWER).items:
                key, release = owners.get(one.metadata.name, ("", ("", "")))
                if key and _release(one.metadata) != release:
                    yield _finding(
                        key, f'the {kind} "{one.metadata.name}"', one.metadata, _way_on(key)
                    )


def _owners(linkerd: Linkerd) -> Mapping[str, tuple[str, tuple[str, str]]]:
    """The webhooks of the charts: the key that installs each, and its Helm release."""
    owners = {name: ("linkerd", ("linkerd-control-plane", _MESH)) for name in _CONTROL_PLANE}
    if linkerd.viz == "install":
        release = (namespaces.VIZ, namespaces.VIZ)
        owners["linkerd-tap-injector-webhook-config"] = ("linkerd.viz", release)
    if linkerd.tracing == "install" and linkerd.chosen.has_jaeger_extension:
        release = (namespaces.JAEGER_EXTENSION, namespaces.JAEGER_EXTENSION)
        owners["linkerd-jaeger-injector-webhook-config"] = ("linkerd.tracing", release)
    return owners


def _crd(api: Any) -> Iterator[Finding]:
    from kubernetes import client

    found = client.ApiextensionsV1Api(api).list_custom_resource_definition(
        field_selector=f"metadata.name={_CRD}", _request_timeout=SECONDS_TO_ANSWER
    )
    for one in found.items:
        if _release(one.metadata) != (SMI.name, namespaces.SMI):
            key = "linkerd.smi"
            yield _finding(key, f'the CRD "{_CRD}"', one.metadata, _way_on(key))


def _flagger(api: Any) -> Iterator[Finding]:
    """Two Flaggers would drive the same Canaries. Helm leaves CRDs of Flagger's as they are."""
    from kubernetes import client

    with allowed():
        found = client.AppsV1Api(api).list_deployment_for_all_namespaces(
            field_selector=f"metadata.name={FLAGGER.name}", _request_timeout=SECONDS_TO_ANSWER
        )
        for one in found.items:
            if _release(one.metadata) != (FLAGGER.name, namespaces.FLAGGER):
                key = "linkerd.flagger"
                what = f'the Flagger in the namespace "{one.metadata.namespace}"'
                yield _finding(key, what, one.metadata, _way_on(key))


def _label(api: Any) -> Iterator[Finding]:
    """High availability labels ``kube-system``, where nobody has another value for the label."""
    from kubernetes import client

    space = client.CoreV1Api(api).list_namespace(
        field_selector=f"metadata.name={namespaces.KUBE_SYSTEM}",
        _request_timeout=SECONDS_TO_ANSWER,
    )
    for one in space.items:
        labels = one.metadata.labels or {}
        for name, value in EXEMPTION.items():
            if labels.get(name, value) != value:
                yield Finding(
                    path="linkerd.highAvailability",
                    found=f'the label {name}: "{labels[name]}" of the namespace '
                    f'"{namespaces.KUBE_SYSTEM}", which somebody else set',
                    allowed=f'"{value}", which high availability sets, or no such label',
                    fix="Remove the label, or set `linkerd.highAvailability` to false.",
                )


def _finding(path: str, what: str, metadata: Any, fix: str) -> Finding:
    return Finding(
        path=path,
        found=f"{what} in the cluster, {_maker(metadata)}",
        allowed="one that this stack made, or none",
        fix=fix,
    )


def _way_on(path: str) -> str:
    if path == "linkerd":
        return "Remove what is left of the other Linkerd, or choose another cluster."
    return f"Set `{path}` to external, or to off, or remove what the cluster has."


def _maker(metadata: Any) -> str:
    release, space = _release(metadata)
    if release:
        return f'which the Helm release {release} in the namespace "{space}" made'
    managers = dict.fromkeys(one.manager or "" for one in metadata.managed_fields or ())
    return "which somebody else made" + (f" with {' and '.join(managers)}" if managers else "")


def _release(metadata: Any) -> tuple[str, str]:
    annotations = metadata.annotations or {}
    return (
        annotations.get(HELM_RELEASE, ""),
        annotations.get("meta.helm.sh/release-namespace", ""),
    )


def _is_ours(metadata: Any) -> bool:
    """Whether Pulumi made it with the program's label. A namespace has one stack, and the name of a
    gate starts with it."""
    managers = [one.manager or "" for one in metadata.managed_fields or ()]
    marked = (metadata.labels or {}).get(_PART_OF) == PART_OF[_PART_OF]
    return marked and any(manager.startswith(MANAGER) for manager in managers)
