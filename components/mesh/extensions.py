"""What the namespaces of Linkerd's extensions have in common."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s


def extension_namespace(
    name: str, extension: str, *, parent: pulumi.Resource
) -> k8s.core.v1.Namespace:
    """A namespace for an extension, under the label by which the ``linkerd`` CLI finds it.

    The extensions' charts ask for injection on their own pods.
    """
    return k8s.core.v1.Namespace(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels={"linkerd.io/extension": extension}),
        opts=pulumi.ResourceOptions(parent=parent),
    )
