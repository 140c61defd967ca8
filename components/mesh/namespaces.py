"""Namespaces whose pods join the mesh."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.linkerd import inbound_policy
from components.linkerd.inbound_policy import InboundPolicy
from components.linkerd.shared import words


def meshed_namespace(
    name: str,
    *,
    policy: InboundPolicy,
    labels: Mapping[str, str] | None = None,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Namespace:
    """A namespace with injection, and with its inbound policy set before the first pod starts.

    The proxy reads the policy when its pod is created:
    https://linkerd.io/2-edge/features/server-policy/
    """
    return k8s.core.v1.Namespace(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            annotations={
                words.INJECT: "enabled",
                inbound_policy.ANNOTATION: policy,
            },
            labels=dict(labels or {}),
        ),
        opts=opts,
    )


def pod_security(*, cni: bool) -> dict[str, str]:
    """The labels that set a namespace's Pod Security levels.

    Linkerd's init container needs NET_ADMIN and NET_RAW, which only ``privileged`` allows. The CNI
    plugin replaces that container, so with it ``restricted`` is enforced. Without it, violations of
    ``restricted`` cause warnings and entries in the audit log only.
    Sources: https://kubernetes.io/docs/concepts/security/pod-security-admission/,
    https://linkerd.io/2-edge/features/cni/
    """
    prefix = "pod-security.kubernetes.io"
    return {
        f"{prefix}/enforce": "restricted" if cni else "privileged",
        f"{prefix}/warn": "restricted",
        f"{prefix}/audit": "restricted",
    }
