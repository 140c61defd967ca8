"""A service of the catalogue: account, files, a workload for each version, the apex Service."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.containers import SecretRef
from components.config.catalogue.model import Service, Version
from components.names import distinct, extra_ports, files, governing, primary, workload
from components.resources.labels import labels, selector
from components.resources.objects import Context
from components.workloads.pods import Container, Stop, pod_spec, proxy_annotations, proxy_wait
from components.workloads.scaling import autoscaler, disruption_budget
from components.workloads.services import Exposure, opaque_annotation, ports_of, service
from components.workloads.volumes import claim, retention

# Flagger and `kubectl scale` remain the managers of fields that they wrote. Without this, the API
# server would refuse each later change of these fields as a conflict. Pulumi never sends the fields
# that Flagger owns.
_PATCH_FORCE = {"pulumi.com/patchForce": "true"}
# It goes with the autoscaler, so that its Deployment then gets the catalogue's number again.
_BY_AUTOSCALER = {"linkerd-platform.dev/replicas": "autoscaler"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroserviceArgs:
    """One service of the catalogue in one environment.

    ``versions`` are the versions to deploy. ``env`` are the variables that the platform derives:
    the URLs of the callees, and the secrets. ``rotations`` are pod annotations that change with
    these secrets. ``files`` has the text of the service's files by their path in the container.
    ``annotations`` are for the apex Service. ``automated``: Flagger scales the Deployment, and
    makes the apex select the pods of its own copy.
    """

    service: Service
    context: Context
    versions: Sequence[str]
    env: Mapping[str, str | SecretRef]
    rotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    files: Mapping[str, str]
    annotations: Mapping[str, str]
    stop: Stop
    exposure: Exposure | None = None
    automated: bool = False


class Microservice(pulumi.ComponentResource):
    """Deploys the service. It is ready when the pods of all versions are.

    ``apex`` is the Service that callers use, or ``None`` if the service has no port.
    """

    apex: k8s.core.v1.Service | None

    def __init__(
        self, name: str, args: MicroserviceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the objects. Their names start with the service's."""
        super().__init__("platform:workloads:Microservice", name, None, opts)
        self._owner, self._args = name, args
        self._ports = ports_of(args.service)
        self._keys = distinct(args.files)
        self._child = pulumi.ResourceOptions(parent=self)
        # Without these its pods would fail to start, and be tried again later and later.
        self._before: list[pulumi.Resource] = [args.context.service_account(name, self._child)]
        config_map = self._config_map() if args.files else None
        for version in args.versions:
            self._workload(version, config_map)
        self.apex = self._apex() if self._ports else None
        self.register_outputs({"apex": name if self.apex else None})

    def _metadata(
        self, name: str, version: str | None = None, annotations: Mapping[str, str] | None = None
    ) -> k8s.meta.v1.ObjectMetaArgs:
        return self._args.context.metadata(name, self._owner, version, annotations)

    def _config_map(self) -> str:
        name = files(self._owner)
        config_map = k8s.core.v1.ConfigMap(
            name,
            metadata=self._metadata(name),
            data={self._keys[path]: text for path, text in self._args.files.items()},
            opts=self._child,
        )
        self._before.append(config_map)
        return name

    def _apex(self) -> k8s.core.v1.Service:
        if self._args.exposure is not None and len(self._ports) > 1:
            self._extra_ports()
        return service(
            self._owner,
            owner=self._owner,
            context=self._args.context,
            ports=self._ports,
            selector=selector(self._owner, self._args.service.stable),
            annotations={**self._args.annotations, **_PATCH_FORCE},
            exposure=self._args.exposure,
            opts=self._options_ignoring("spec.selector", "spec.ports"),
        )

    def _extra_ports(self) -> None:
        """A Service inside the cluster: a load balancer would open the ports to everybody."""
        service(
            extra_ports(self._owner),
            owner=self._owner,
            context=self._args.context,
            ports=self._ports[1:],
            selector=selector(self._owner, self._args.service.stable),
            opts=self._child,
        )

    def _workload(self, version: str, config_map: str | None) -> None:
        own = self._args.service
        spec = own.versions.get(version, Version())
        name = workload(self._owner, version)
        # Flagger labels the stable pods with another name.
        stable_pods = primary(self._owner) if self._args.automated else self._owner
        replicas = spec.replicas or own.replicas
        template = self._template(version, spec, config_map)
        if own.storage is not None:
            self._stateful_set(name, version, replicas, template)
        else:
            self._deployment(name, version, replicas, template)
        if own.autoscaling:
            autoscaler(
                name, own.autoscaling, metadata=self._metadata(name, version), opts=self._child
            )
        if (own.autoscaling.min if own.autoscaling else replicas) > 1:
            disruption_budget(
                name,
                metadata=self._metadata(name, version),
                selected=selector(stable_pods, version),
                opts=self._child,
            )

    def _template(
        self, version: str, spec: Version, config_map: str | None
    ) -> k8s.core.v1.PodTemplateSpecArgs:
        return k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels=labels(self._owner, version), annotations=self._pod_annotations()
            ),
            spec=pod_spec(
                [self._container(spec, config_map)],
                service_account=self._owner,
                spread=selector(self._owner, version),
                stop=self._args.stop,
            ),
        )

    def _deployment(
        self,
        name: str,
        version: str,
        replicas: int,
        template: k8s.core.v1.PodTemplateSpecArgs,
    ) -> None:
        rolling = k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0)
        scaling = self._args.service.autoscaling
        if scaling:
            # Only the number to start with: see `_options_ignoring`.
            replicas = scaling.min
        k8s.apps.v1.Deployment(
            name,
            metadata=self._metadata(
                name, version, {**_PATCH_FORCE, **(_BY_AUTOSCALER if scaling else {})}
            ),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self._owner, version)),
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate", rolling_update=rolling
                ),
                template=template,
            ),
            opts=pulumi.ResourceOptions.merge(
                self._options_ignoring("spec.replicas", when=scaling is not None),
                pulumi.ResourceOptions(depends_on=self._before),
            ),
        )

    def _options_ignoring(self, *fields: str, when: bool = False) -> pulumi.ResourceOptions:
        """The options of a child. Flagger owns these fields if it drives the canary.

        ``when``: an autoscaler does. The provider sends an ignored field with its live value until
        somebody else manages it, and no longer from then on. A field that is left out would get
        its default, so a Deployment would fall to one pod before its autoscaler acts.
        Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling
        """
        ignored = list(fields) if when or self._args.automated else None
        return pulumi.ResourceOptions(parent=self, ignore_changes=ignored)

    def _stateful_set(
        self, name: str, version: str, replicas: int, template: k8s.core.v1.PodTemplateSpecArgs
    ) -> None:
        storage = self._args.service.storage
        headless = service(
            governing(self._owner),
            owner=self._owner,
            context=self._args.context,
            ports=self._ports,
            selector=selector(self._owner, version),
            is_headless=True,
            opts=self._child,
        )
        k8s.apps.v1.StatefulSet(
            name,
            metadata=self._metadata(name, version),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                service_name=governing(self._owner),
                replicas=replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self._owner, version)),
                template=template,
                volume_claim_templates=[claim(storage.size)] if storage else None,
                persistent_volume_claim_retention_policy=retention(self._args.context.keep_volumes),
            ),
            # Kubernetes never changes it: a StatefulSet of before, with the apex here, would be
            # replaced.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*self._before, headless],
                ignore_changes=["spec.serviceName"],
            ),
        )

    def _pod_annotations(self) -> dict[str, pulumi.Input[str]]:
        annotations: dict[str, pulumi.Input[str]] = {
            **opaque_annotation(self._ports),
            **proxy_annotations(self._args.service.proxy),
            **self._proxy_wait(),
            **self._args.context.pod_annotations,
            **self._args.rotations,
        }
        if self._args.files:
            content = json.dumps(dict(self._args.files), sort_keys=True)
            # Pods read their files once, so a changed file must roll them.
            annotations["checksum/files"] = hashlib.sha256(content.encode()).hexdigest()
        return annotations

    def _proxy_wait(self) -> dict[str, str]:
        native = self._args.context.native_sidecars
        return {} if native else proxy_wait(self._args.stop)

    def _container(self, version: Version, config_map: str | None) -> Container:
        own = self._args.service
        port = {} if own.port is None else {"BACKEND_PORT": str(own.port)}
        return Container(
            name=self._owner,
            image=version.image or own.image,
            ports=self._ports,
            user=own.user,
            resources=own.resources,
            command=own.command,
            args=own.args if version.args is None else version.args,
            # The catalogue's variables come last, so that they can refer to the others by $(NAME).
            env={**port, **self._args.env, **own.env, **version.env},
            probe=own.probe,
            liveness=own.liveness,
            writable=own.writable,
            config_map=config_map,
            files=self._keys,
            data_path=own.storage.path if own.storage else None,
        )
