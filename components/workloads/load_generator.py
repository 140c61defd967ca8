"""The load generator: a pod in the mesh that calls the gateway, since a canary needs traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.containers import ProxyResources, Resources
from components.resources.labels import labels, selector
from components.resources.objects import Context
from components.workloads.pods import Container, pod_spec, proxy_annotations

VERSION = "v1"
_USER = 65532
"""The user ``nonroot`` of distroless images: https://github.com/GoogleContainerTools/distroless."""
_RESOURCES = Resources.model_validate(
    {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadGeneratorArgs:
    """The image, and the arguments of each container by its name."""

    context: Context
    image: str
    containers: Mapping[str, Sequence[str]]


class LoadGenerator(pulumi.ComponentResource):
    """A Deployment of one pod, with its own identity and without a Service.

    Each container sends the requests of one route. For the gateway and its callees it is a client
    like any other in the mesh.
    """

    def __init__(
        self, name: str, args: LoadGeneratorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the account and the Deployment, both called ``name``."""
        super().__init__("platform:workloads:LoadGenerator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = args.context.service_account(name, child)
        k8s.apps.v1.Deployment(
            name,
            metadata=args.context.metadata(name),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(name, VERSION)),
                # Two pods at the same time would send twice the rate.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(
                        labels=labels(name, VERSION),
                        annotations={
                            **proxy_annotations(ProxyResources()),
                            **args.context.pod_annotations,
                        },
                    ),
                    spec=pod_spec(
                        [
                            Container(
                                name=route,
                                image=args.image,
                                user=_USER,
                                resources=_RESOURCES,
                                args=arguments,
                            )
                            for route, arguments in args.containers.items()
                        ],
                        service_account=name,
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        self.register_outputs({})
