"""The namespaces of Linkerd's extensions."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
"""For namespaces whose pods have linkerd-init, which sets up iptables, as the CLI labels them.

Source: the ``namespace.yaml`` of each chart, which Helm leaves out.
"""


def extension_namespace(
    name: str,
    extension: str,
    *,
    annotations: Mapping[str, str] | None = None,
    parent: pulumi.Resource,
) -> k8s.core.v1.Namespace:
    """A namespace for an extension, under the label by which the ``linkerd`` CLI finds it.

    The extensions' charts ask for injection on their own pods.
    """
    return k8s.core.v1.Namespace(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            labels={"linkerd.io/extension": extension, **PRIVILEGED},
            annotations=dict(annotations) if annotations else None,
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
