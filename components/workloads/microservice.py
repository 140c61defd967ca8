"""A service of the catalogue: account, files, a Deployment for each version, the apex Service."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.catalogue import Service, Version
from components.names import slug, workload
from components.workloads.labels import labels, selector
from components.workloads.pods import Container, SecretKey, pod_spec
from components.workloads.services import Exposure, ServicePort, service


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroserviceArgs:
    """One service of the catalogue in one environment.

    ``versions`` are the versions to deploy. ``env`` is what the platform derives: the callees'
    URLs. ``files`` holds the text of each of the service's files by its path in the container.
    ``annotations`` go to the apex Service.
    """

    service: Service
    namespace: str
    versions: Sequence[str]
    env: Mapping[str, str | SecretKey]
    files: Mapping[str, str]
    annotations: Mapping[str, str]
    exposure: Exposure | None = None


class Microservice(pulumi.ComponentResource):
    """Deploys the service; ready when the pods of every version are.

    ``apex`` is the Service that clients dial.
    """

    apex: k8s.core.v1.Service

    def __init__(
        self, name: str, args: MicroserviceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the objects, all named after the service."""
        super().__init__("platform:workloads:Microservice", name, None, opts)
        self._owner, self._args = name, args
        self._port = ServicePort(number=args.service.port, protocol=args.service.protocol)
        self._account()
        config_map = self._config_map() if args.files else None
        for version in args.versions:
            self._deployment(version, config_map)
        self.apex = service(
            name,
            owner=name,
            namespace=args.namespace,
            port=self._port,
            selector=selector(name, args.service.stable),
            annotations=args.annotations,
            exposure=args.exposure,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _metadata(self, name: str, version: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=self._args.namespace, labels=labels(self._owner, version)
        )

    def _account(self) -> None:
        k8s.core.v1.ServiceAccount(
            self._owner,
            metadata=self._metadata(self._owner),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _config_map(self) -> str:
        name = f"{self._owner}-files"
        k8s.core.v1.ConfigMap(
            name,
            metadata=self._metadata(name),
            data={slug(path): text for path, text in self._args.files.items()},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return name

    def _deployment(self, version: str, config_map: str | None) -> None:
        spec = self._args.service.versions.get(version, Version())
        name = workload(self._owner, version)
        template = k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels=labels(self._owner, version), annotations=self._pod_annotations()
            ),
            spec=pod_spec(self._container(spec, config_map), service_account=self._owner),
        )
        k8s.apps.v1.Deployment(
            name,
            metadata=self._metadata(name, version),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=spec.replicas or self._args.service.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self._owner, version)),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(
                        max_surge=1, max_unavailable=0
                    ),
                ),
                template=template,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _pod_annotations(self) -> dict[str, str]:
        if not self._args.files:
            return self._port.opaque_annotation()
        content = json.dumps(dict(self._args.files), sort_keys=True)
        # Pods read their files once: a changed file has to roll them.
        checksum = hashlib.sha256(content.encode()).hexdigest()
        return {**self._port.opaque_annotation(), "checksum/files": checksum}

    def _container(self, version: Version, config_map: str | None) -> Container:
        own = self._args.service
        return Container(
            name=self._owner,
            image=version.image or own.image,
            port_name=self._port.name,
            port=own.port,
            user=own.user,
            resources=own.resources,
            command=own.command,
            args=own.args if version.args is None else version.args,
            env={"BACKEND_PORT": str(own.port), **self._args.env, **own.env, **version.env},
            probe=own.probe,
            writable=own.writable,
            config_map=config_map,
            files={path: slug(path) for path in self._args.files},
        )
