"""The load generator: pods in the mesh that call the gateway, since a canary needs traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.containers import ProxyResources
from components.linkerd.inbound_policy import InboundPolicy
from components.resources.labels import labels, selector
from components.workloads.pod_security import container_security, pod_security
from components.workloads.pods import proxy_annotations

VERSION = "v1"
_USER = 65532
_REQUESTS = {"cpu": "10m", "memory": "32Mi"}
_LIMITS = {"memory": "128Mi"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadGeneratorArgs:
    """The image, and the arguments of each container by its name."""

    namespace: str
    image: str
    inbound_policy: InboundPolicy
    containers: Mapping[str, Sequence[str]]


class LoadGenerator(pulumi.ComponentResource):
    """A Deployment of one pod, with an identity of its own and without a Service.

    Its containers send one route's requests each. The gateway and its callees see it as any other
    client in the mesh.
    """

    def __init__(
        self, name: str, args: LoadGeneratorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the account and the Deployment, both called ``name``."""
        super().__init__("platform:workloads:LoadGenerator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=args.namespace, labels=labels(name)
        )
        account = k8s.core.v1.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        k8s.apps.v1.Deployment(
            name,
            metadata=metadata,
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(name, VERSION)),
                # Two pods at a time would send twice the rate.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(
                        labels=labels(name, VERSION),
                        annotations=proxy_annotations(ProxyResources(), args.inbound_policy),
                    ),
                    spec=_pod(name, args),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        self.register_outputs({})


def _pod(account: str, args: LoadGeneratorArgs) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod_security(_USER),
        containers=[
            k8s.core.v1.ContainerArgs(
                name=name,
                image=args.image,
                args=list(arguments),
                resources=k8s.core.v1.ResourceRequirementsArgs(requests=_REQUESTS, limits=_LIMITS),
                security_context=container_security(),
            )
            for name, arguments in args.containers.items()
        ],
    )
