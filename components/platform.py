"""The platform: the mesh, and in it the services of the catalogue, in the order they need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import names
from components.config.catalogue.model import Catalogue, RetryBudget, Service
from components.config.stack.canary import Canary
from components.config.stack.settings import Cluster, Settings
from components.config.stack.workloads import StoreOverride
from components.mesh.mesh import Mesh, MeshArgs
from components.mesh.namespaces import meshed_namespace, pod_security
from components.mesh.viz import prometheus_address
from components.plan import load, wiring
from components.plan.network import walls
from components.resources import deletion
from components.resources.labels import rotation
from components.resources.protection import protect
from components.security.admission import AdmissionGates, AdmissionGatesArgs
from components.security.egress import Egress, EgressArgs
from components.security.network_policies import NetworkPolicies, NetworkPoliciesArgs
from components.security.zero_trust import zero_trust
from components.traffic import annotations as linkerd_annotations
from components.traffic.canary import Leaf, LeafArgs, TrafficSplit, TrafficSplitArgs
from components.traffic.entrance import Entrance, EntranceArgs, gateway_url
from components.traffic.flagger import AutomatedCanary, AutomatedCanaryArgs
from components.traffic.routes import HttpRoutes, HttpRoutesArgs
from components.traffic.service_profile import ServiceProfile, ServiceProfileArgs
from components.workloads.load_generator import LoadGenerator, LoadGeneratorArgs
from components.workloads.microservice import Microservice, MicroserviceArgs
from components.workloads.pods import Stop
from components.workloads.secrets import StackSecret, StackSecretArgs
from components.workloads.services import Exposure, ports_of
from components.workloads.stores import DataStore, StoreArgs, generations


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformArgs:
    """A stack's settings and its catalogue. ``root`` is where the catalogue's files are."""

    settings: Settings
    catalogue: Catalogue
    root: Path


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
        own = pulumi.ResourceOptions(transformations=[deletion.at_once])
        super().__init__(
            "platform:index:Platform", name, None, pulumi.ResourceOptions.merge(opts, own)
        )
        self._settings, self._catalogue, self._root = args.settings, args.catalogue, args.root
        self._kubernetes = _provider(name, args.settings.cluster, self)
        mesh = Mesh("mesh", MeshArgs(linkerd=args.settings.linkerd), self._child())
        self._certificates = mesh.certificates
        self._namespace = meshed_namespace(
            args.settings.namespace,
            policy=args.settings.linkerd.default_inbound_policy,
            labels=pod_security(cni=args.settings.linkerd.cni),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self._kubernetes,
                depends_on=[mesh],
                protect=args.settings.protection.resources,
            ),
        )
        self._admission_gates()
        self._doors = zero_trust(args.catalogue, args.settings, self._inhabitant)
        self._network_policies()
        self._egress()
        self._secrets = self._stack_secrets()
        stores = self._stores()
        apexes = {
            name: self._service(name, service, stores)
            for name, service in args.catalogue.services.items()
        }
        gateway = apexes[args.catalogue.gateway]
        self._entrance(gateway)
        self._load_generator(gateway)
        self.outputs = self._outputs(gateway)
        self.register_outputs(self.outputs)

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, providers=[self._kubernetes], depends_on=list(after)
        )

    def _inhabitant(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """The options of a component whose objects are all in the services' namespace."""
        options = self._child(self._namespace, *after)
        options.transformations = [deletion.with_namespace(self._namespace)]
        if self._settings.protection.resources:
            options.transformations.append(protect)
        return options

    def _admission_gates(self) -> None:
        admission, namespace = self._settings.admission, self._settings.namespace
        if admission.mode != "off":
            args = AdmissionGatesArgs(namespace=namespace, admission=admission)
            AdmissionGates(namespace, args, self._child(self._namespace))

    def _network_policies(self) -> None:
        if self._settings.network_policies:
            namespace = self._settings.namespace
            args = NetworkPoliciesArgs(
                namespace=namespace, walls=walls(self._catalogue, self._settings)
            )
            NetworkPolicies(namespace, args, self._inhabitant())

    def _egress(self) -> None:
        if self._settings.linkerd.egress == "open":
            return
        Egress(
            self._settings.namespace,
            EgressArgs(
                namespace=self._settings.namespace,
                externals=wiring.used_externals(self._catalogue),
                ports=wiring.egress_ports(self._catalogue, self._settings),
                http_route_api=self._settings.linkerd.chosen.http_route_api,
            ),
            self._inhabitant(),
        )

    def _stack_secrets(self) -> dict[str, StackSecret]:
        return {
            name: StackSecret(
                name,
                StackSecretArgs(namespace=self._settings.namespace, values=values),
                self._inhabitant(),
            )
            for name, values in wiring.stack_secrets(self._settings).items()
        }

    def _stores(self) -> dict[str, DataStore]:
        return {
            name: DataStore(
                name,
                StoreArgs(
                    store=store,
                    override=self._store_override(name),
                    namespace=self._settings.namespace,
                    inbound_policy=self._settings.linkerd.default_inbound_policy,
                    keep_volumes=self._settings.data_stores.keep_volumes,
                    shutdown_proxy=not self._settings.linkerd.native_sidecars,
                ),
                self._inhabitant(self._doors[name]),
            )
            for name, store in self._catalogue.stores.items()
        }

    def _store_override(self, name: str) -> StoreOverride:
        return self._settings.stores.get(name, StoreOverride())

    def _service(
        self, name: str, service: Service, stores: dict[str, DataStore]
    ) -> k8s.core.v1.Service | None:
        used = wiring.used_stores(name, self._catalogue)
        secrets = wiring.used_secrets(name, self._catalogue, self._settings)
        rotations: dict[str, pulumi.Input[str]] = {}
        for store in used:
            rotations |= generations(store, self._store_override(store))
        rotations |= {rotation(secret): self._secrets[secret].checksum for secret in secrets}
        microservice = Microservice(
            name,
            MicroserviceArgs(
                service=service,
                namespace=self._settings.namespace,
                versions=wiring.deployed_versions(name, service, self._settings),
                env=wiring.variables(name, self._catalogue, self._settings),
                rotations=rotations,
                files=self._files(service),
                annotations=linkerd_annotations.circuit_breaker(service.circuit_breaker),
                inbound_policy=self._settings.linkerd.default_inbound_policy,
                stop=Stop(
                    pre_stop_seconds=self._settings.pods.pre_stop_seconds,
                    grace_seconds=self._settings.pods.termination_grace_seconds,
                ),
                keep_volumes=self._settings.data_stores.keep_volumes,
                exposure=self._exposure(name),
                automated=name in wiring.automated_canaries(self._settings),
            ),
            self._inhabitant(
                *([self._doors[name]] if name in self._doors else []),
                *(stores[store] for store in used),
                *(self._secrets[s] for s in secrets),
            ),
        )
        self._traffic(name, service, microservice)
        return microservice.apex

    def _entrance(self, apex: k8s.core.v1.Service | None) -> None:
        name, gateway = self._catalogue.gateway, self._settings.gateway
        if gateway.host is None or gateway.class_name is None or apex is None:
            return
        args = EntranceArgs(
            namespace=self._settings.namespace,
            gateway=gateway,
            host=gateway.host,
            class_name=gateway.class_name,
            port=ports_of(self._catalogue.services[name])[0].number,
        )
        Entrance(name, args, self._inhabitant(apex))

    def _load_generator(self, gateway: k8s.core.v1.Service | None) -> None:
        containers = load.plan(self._catalogue, self._settings)
        if self._catalogue.load is None or not containers:
            return
        args = LoadGeneratorArgs(
            namespace=self._settings.namespace,
            image=self._catalogue.load.image,
            inbound_policy=self._settings.linkerd.default_inbound_policy,
            containers=containers,
        )
        after = [gateway] if gateway else []
        LoadGenerator(names.LOAD_GENERATOR, args, self._inhabitant(*after))

    def _files(self, service: Service) -> dict[str, str]:
        return {
            path: (self._root / source).read_text(encoding="utf-8")
            for path, source in service.files.items()
        }

    def _exposure(self, name: str) -> Exposure | None:
        if name != self._catalogue.gateway or not self._settings.gateway.is_balanced:
            return None
        return Exposure(cidrs=self._settings.gateway.cidrs)

    def _traffic(self, name: str, service: Service, after: pulumi.Resource) -> None:
        if not service.is_http:
            return
        automated = wiring.automated_canaries(self._settings).get(name)
        if automated is not None:
            self._automated(name, service, automated, after)
            return
        canary = wiring.canary_of(name, service, self._settings)
        before: list[pulumi.Resource] = [after]
        if canary is not None:
            ports = ports_of(service)
            args = LeafArgs(namespace=self._settings.namespace, version=canary[0], ports=ports)
            before.append(Leaf(name, args, self._inhabitant(after)))
        if service.style == "route":
            self._http_routes(name, service, before)
            return
        if not service.routes and canary is None:
            return
        profile = self._service_profile(name, service, before)
        if canary is not None:
            split = TrafficSplitArgs(
                namespace=self._settings.namespace, version=canary[0], weights=canary[1]
            )
            TrafficSplit(name, split, self._inhabitant(*before, profile))

    def _automated(
        self, name: str, service: Service, canary: Canary, after: pulumi.Resource
    ) -> None:
        before = [after]
        if service.style == "profile":
            before.append(self._service_profile(name, service, [after]))
        args = AutomatedCanaryArgs(
            namespace=self._settings.namespace,
            service=service,
            canary=canary,
            prometheus=prometheus_address(self._settings.linkerd),
        )
        # Deleted before the namespace: Flagger gives the apex its pods back, and needs both for it.
        AutomatedCanary(name, args, self._child(self._namespace, *before))

    def _service_profile(
        self, name: str, service: Service, after: list[pulumi.Resource]
    ) -> ServiceProfile:
        args = ServiceProfileArgs(
            namespace=self._settings.namespace,
            routes=service.routes,
            budget=service.retry_budget or RetryBudget(),
        )
        return ServiceProfile(name, args, self._inhabitant(*after))

    def _http_routes(self, name: str, service: Service, after: list[pulumi.Resource]) -> None:
        args = HttpRoutesArgs(
            namespace=self._settings.namespace,
            api_version=self._settings.linkerd.chosen.http_route_api,
            port=ports_of(service)[0].number,
            routes=service.routes,
            backends=wiring.backends(name, service, self._settings),
            testers=wiring.testers(name, service, self._settings),
            grpc=service.protocol == "grpc",
        )
        HttpRoutes(name, args, self._inhabitant(*after))

    def _outputs(self, gateway: k8s.core.v1.Service | None) -> dict[str, Any]:
        linkerd = self._settings.linkerd.chosen
        port = ports_of(self._catalogue.services[self._catalogue.gateway])[0].number
        shares = wiring.canary_weights(self._settings)
        return {
            "gatewayUrl": self._settings.gateway.url
            or (gateway and gateway.status.apply(lambda status: gateway_url(status, port))),
            "canaryWeights": {name: float(share) for name, share in shares.items()},
            "automatedCanaries": list(wiring.automated_canaries(self._settings)),
            "certificates": self._certificates,
            "linkerdRelease": {"name": linkerd.name, "version": linkerd.version},
            "services": {
                name: {
                    "style": wiring.style(service),
                    "callers": self._catalogue.callers(name),
                    "versions": wiring.deployed_versions(name, service, self._settings),
                }
                for name, service in self._catalogue.services.items()
            },
            "stores": {
                name: {"kind": store.kind, "callers": self._catalogue.callers(name)}
                for name, store in self._catalogue.stores.items()
            },
            "namespace": self._settings.namespace,
        }


def _provider(name: str, cluster: Cluster, parent: pulumi.Resource) -> k8s.Provider:
    return k8s.Provider(
        name,
        kubeconfig=cluster.kubeconfig,
        context=cluster.context,
        cluster_identifier=cluster.identifier,
        opts=pulumi.ResourceOptions(parent=parent),
    )
