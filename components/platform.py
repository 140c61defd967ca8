"""The platform: the mesh, and in it the services of the catalogue, in the order they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import names
from components.cluster import ownership
from components.cluster.facts import Facts
from components.config.catalogue.model import Catalogue, Service
from components.config.stack.settings import Cluster, Settings
from components.config.stack.workloads import StoreOverride
from components.linkerd.inbound_policy import pod_annotations
from components.mesh.mesh import Mesh, MeshArgs
from components.mesh.namespaces import meshed_namespace, pod_security
from components.mesh.viz import prometheus_address
from components.observability.files import RuleFile, rule_files
from components.plan import load, outputs, wiring
from components.resources import deletion, marking
from components.resources.labels import labels, rotation
from components.resources.objects import Context, custom_resource
from components.resources.options import NamespaceOptions
from components.resources.specs.prometheus_operator import PROMETHEUS_RULE
from components.security.namespace import secure_namespace
from components.traffic import annotations as linkerd_annotations
from components.traffic.entrance import Entrance, EntranceArgs, gateway_url
from components.traffic.service_traffic import ServiceTraffic
from components.workloads.load_generator import LoadGenerator, LoadGeneratorArgs
from components.workloads.microservice import Microservice, MicroserviceArgs
from components.workloads.pods import Stop
from components.workloads.secrets import StackSecret, StackSecretArgs
from components.workloads.services import Exposure, ports_of
from components.workloads.stores import DataStore, StoreArgs, generations


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformArgs:
    """A stack's settings and its catalogue, as plain values.

    ``root`` is the folder of the catalogue's files. ``owner`` is ``<project>/<stack>``, with which
    the stack marks its namespaces as its own. ``facts`` are those of the cluster, ``None`` if it
    was not asked.
    """

    settings: Settings
    catalogue: Catalogue
    root: Path
    owner: str
    facts: Facts | None = None


class Platform(pulumi.ComponentResource):
    """Builds everything: namespaces, mesh, stores, services, and how requests flow between them.

    ``outputs`` are for the stack: gateway URL, canary weights, when certificates
    end, Linkerd release, services.
    """

    outputs: dict[str, Any]

    def __init__(
        self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the platform; nothing below reads config."""
        mark = marking.of_namespaces(ownership.STACK, args.owner)
        own = pulumi.ResourceOptions(transformations=[deletion.at_once, mark])
        super().__init__(
            "platform:index:Platform", name, None, pulumi.ResourceOptions.merge(opts, own)
        )
        self._settings, self._catalogue, self._root = args.settings, args.catalogue, args.root
        self._kubernetes = _provider(name, args.settings.cluster, self)
        place = args.settings.alert_rules
        rules = [] if place == "off" else rule_files(args.catalogue, args.settings)
        mesh_args = MeshArgs(
            linkerd=args.settings.linkerd,
            owner=args.owner,
            alerts=args.settings.alerts,
            viz_rules=rules if place == "viz" else (),
            gateway_api_channel=args.facts.gateway_api.channel
            if args.facts and args.facts.gateway_api
            else "",
            kube_system_is_locked=args.facts is not None and args.facts.kube_system_is_locked,
        )
        mesh = Mesh("mesh", mesh_args, self._child())
        self._context, self._options = self._namespace(mesh)
        self._authorizations = secure_namespace(
            args.catalogue, args.settings, self._context, self._options
        )
        if place == "operator":
            self._prometheus_rules(rules)
        self._secrets = self._stack_secrets()
        self._data_stores = self._stores()
        self._traffic = ServiceTraffic(
            settings=args.settings,
            context=self._context,
            options=self._options,
            prometheus=prometheus_address(args.settings.linkerd),
        )
        apexes = {
            name: self._service(name, service) for name, service in args.catalogue.services.items()
        }
        gateway = apexes[args.catalogue.gateway]
        self._entrance(gateway)
        self._load_generator(gateway)
        self.outputs = {
            "gatewayUrl": self._gateway_url(gateway),
            "certificates": mesh.certificates,
            **outputs.planned(args.catalogue, args.settings),
        }
        if args.facts:
            self.outputs["clusterUid"] = args.facts.uid
        self.register_outputs(self.outputs)

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, providers=[self._kubernetes])

    def _namespace(self, mesh: Mesh) -> tuple[Context, NamespaceOptions]:
        """The namespace of the services: what its components share, and their options."""
        settings = self._settings
        policy = settings.linkerd.default_inbound_policy
        namespace = meshed_namespace(
            settings.namespace,
            policy=policy,
            labels=pod_security(cni=settings.linkerd.cni),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self._kubernetes,
                depends_on=[mesh],
                protect=settings.protection.resources,
            ),
        )
        context = Context(
            namespace=settings.namespace,
            pod_annotations=pod_annotations(policy),
            keep_volumes=settings.data_stores.keep_volumes,
            native_sidecars=settings.linkerd.native_sidecars,
            cluster_domain=settings.linkerd.cluster_domain,
        )
        options = NamespaceOptions(
            parent=self,
            provider=self._kubernetes,
            namespace=namespace,
            protect_data=settings.protection.resources,
        )
        return context, options

    def _prometheus_rules(self, files: Sequence[RuleFile]) -> None:
        """The rules for the Prometheus Operator, which selects them by their labels."""
        for file in files:
            custom_resource(
                file.name,
                PROMETHEUS_RULE,
                file.content,
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    name=file.name,
                    namespace=self._context.namespace,
                    labels={**labels(file.name), **self._settings.alerts.labels},
                ),
                opts=self._options.deleted_with_namespace(),
            )

    def _stack_secrets(self) -> dict[str, StackSecret]:
        return {
            name: StackSecret(
                name,
                StackSecretArgs(context=self._context, values=values),
                self._options.deleted_with_namespace(),
            )
            for name, values in wiring.stack_secrets(self._settings).items()
        }

    def _stores(self) -> dict[str, DataStore]:
        return {
            name: DataStore(
                name,
                StoreArgs(store=store, override=self._store_override(name), context=self._context),
                self._options.deleted_with_namespace(self._authorizations[name]),
            )
            for name, store in self._catalogue.stores.items()
        }

    def _store_override(self, name: str) -> StoreOverride:
        return self._settings.stores.get(name, StoreOverride())

    def _service(self, name: str, service: Service) -> k8s.core.v1.Service | None:
        settings = self._settings
        stores = wiring.used_stores(name, self._catalogue)
        secrets = wiring.used_secrets(name, self._catalogue, settings)
        rotations: dict[str, pulumi.Input[str]] = {}
        for store in stores:
            rotations |= generations(store, self._store_override(store))
        rotations |= {rotation(secret): self._secrets[secret].checksum for secret in secrets}
        args = MicroserviceArgs(
            service=service,
            context=self._context,
            versions=wiring.deployed_versions(name, service, settings),
            env=wiring.variables(name, self._catalogue, settings),
            rotations=rotations,
            files=self._files(service),
            annotations=linkerd_annotations.circuit_breaker(service.circuit_breaker),
            stop=Stop(
                pre_stop_seconds=settings.pods.pre_stop_seconds,
                grace_seconds=settings.pods.termination_grace_seconds,
            ),
            exposure=self._exposure(name),
            automated=name in wiring.automated_canaries(settings),
        )
        depends_on = [
            *([self._authorizations[name]] if name in self._authorizations else []),
            *(self._data_stores[store] for store in stores),
            *(self._secrets[secret] for secret in secrets),
        ]
        options = self._options.deleted_with_namespace(*depends_on)
        microservice = Microservice(name, args, options)
        self._traffic.write(name, service, microservice)
        return microservice.apex

    def _files(self, service: Service) -> dict[str, str]:
        return {
            path: (self._root / source).read_text(encoding="utf-8")
            for path, source in service.files.items()
        }

    def _exposure(self, name: str) -> Exposure | None:
        if name != self._catalogue.gateway or not self._settings.gateway.is_balanced:
            return None
        return Exposure(cidrs=self._settings.gateway.cidrs)

    def _gateway_port(self) -> int:
        return ports_of(self._catalogue.services[self._catalogue.gateway])[0].number

    def _entrance(self, apex: k8s.core.v1.Service | None) -> None:
        gateway = self._settings.gateway
        if gateway.host is None or gateway.class_name is None or apex is None:
            return
        args = EntranceArgs(
            context=self._context,
            gateway=gateway,
            host=gateway.host,
            class_name=gateway.class_name,
            port=self._gateway_port(),
        )
        Entrance(self._catalogue.gateway, args, self._options.deleted_with_namespace(apex))

    def _load_generator(self, gateway: k8s.core.v1.Service | None) -> None:
        containers = load.plan(self._catalogue, self._settings)
        if self._catalogue.load is None or not containers:
            return
        args = LoadGeneratorArgs(
            context=self._context, image=self._catalogue.load.image, containers=containers
        )
        depends_on = [gateway] if gateway else []
        options = self._options.deleted_with_namespace(*depends_on)
        LoadGenerator(names.LOAD_GENERATOR, args, options)

    def _gateway_url(self, apex: k8s.core.v1.Service | None) -> pulumi.Input[str | None] | None:
        if self._settings.gateway.url or apex is None:
            return self._settings.gateway.url
        port = self._gateway_port()
        return apex.status.apply(lambda status: gateway_url(status, port))


def _provider(name: str, cluster: Cluster, parent: pulumi.Resource) -> k8s.Provider:
    return k8s.Provider(
        name,
        kubeconfig=cluster.kubeconfig,
        context=cluster.context,
        cluster_identifier=cluster.identifier,
        # Otherwise a change of their data deletes the object before it makes the new one, and pods
        # that start in between fail.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
