"""How the program writes the objects that many components have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.names import CLUSTER_DOMAIN
from components.resources.labels import labels
from components.resources.specs.kind import Kind, Spec

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""The annotation by which the provider does not wait until an object is ready.

Source: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/#pulumi-specific-annotations
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What all components in the services' namespace share.

    Every pod gets ``pod_annotations``. ``keep_volumes``: whether volumes outlive their workload.
    ``native_sidecars``: whether proxies are native sidecars. If not, a Job ends its own proxy.
    ``cluster_domain`` ends the full names of Services.
    """

    namespace: str
    pod_annotations: Mapping[str, str]
    keep_volumes: bool = True
    native_sidecars: bool = False
    cluster_domain: str = CLUSTER_DOMAIN

    def metadata(
        self,
        name: str,
        owner: str | None = None,
        version: str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> k8s.meta.v1.ObjectMetaArgs:
        """The metadata of an object in the namespace, with the labels of its owner.

        ``owner`` is the service or store that the object belongs to, by default ``name`` itself;
        ``version`` is the owner's version, if the object belongs to one.
        """
        return k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=self.namespace,
            labels=labels(owner or name, version),
            annotations=dict(annotations) if annotations else None,
        )

    def service_account(
        self, name: str, opts: pulumi.ResourceOptions
    ) -> k8s.core.v1.ServiceAccount:
        """An identity for the mesh, without a token for the Kubernetes API."""
        return k8s.core.v1.ServiceAccount(
            name,
            metadata=self.metadata(name),
            automount_service_account_token=False,
            opts=opts,
        )


def custom_resource(
    resource_name: str,
    kind: Kind[Spec],
    spec: Spec,
    *,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    opts: pulumi.ResourceOptions,
) -> k8s.apiextensions.CustomResource:
    """A custom resource. ``resource_name`` is its name in Pulumi's state."""
    return k8s.apiextensions.CustomResource(
        resource_name,
        api_version=kind.api_version,
        kind=kind.name,
        metadata=metadata,
        spec=dict(spec),
        opts=opts,
    )
