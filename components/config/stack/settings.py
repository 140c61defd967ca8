"""A stack's settings, from ``Pulumi.<stack>.yaml``: what differs between environments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from components.config.problems import one_of
from components.config.scalars import (
    Address,
    Cidr,
    DnsLabel,
    Hostname,
    HttpUrl,
    HttpUrlOrAddress,
    Rate,
    SecretKeyName,
    refuse,
)
from components.config.stack.admission import Admission
from components.config.stack.alerts import AlertRules, Alerts
from components.config.stack.canary import Canary
from components.config.stack.gateway import Gateway, MeshIdentity
from components.config.stack.identity import IdentitySettings
from components.config.stack.workloads import Endpoint, Pods, ServiceOverride, StoreOverride
from components.config.validation import Model
from components.linkerd.inbound_policy import InboundPolicy
from components.linkerd.releases import DEFAULT, RELEASES, Extension, Feature, Release
from components.names import CLUSTER_DOMAIN


def _release(name: str) -> str:
    if name not in RELEASES:
        allowed = one_of(f'"{known}"' for known, entry in RELEASES.items() if not entry.local_only)
        raise refuse(allowed, 'Choose one, in quotes: without them YAML reads 2.20 as "2.2".')
    return name


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


ReleaseName = Annotated[str, BeforeValidator(_text), AfterValidator(_release)]


class Protection(Model):
    """Guards against accidental changes."""

    confirm: bool = False
    """``true`` makes ``make up``, ``make down`` and every other command that changes the stack ask
    for the stack's name, or for ``CONFIRM=<stack>``. A rollback never asks."""

    resources: bool = False
    """``true`` makes Pulumi refuse to delete or replace the services' namespace, StatefulSets,
    volumes and database clusters."""


class Cluster(Model):
    """The cluster of this stack."""

    kubeconfig: str | None = None
    """Path of the kubeconfig file, from the project's folder; by default ``$KUBECONFIG``, then
    ``~/.kube/config``."""

    context: str | None = None
    """Context in the kubeconfig; by default the current one."""

    identifier: str | None = None
    """A name of your choice for the cluster. Once it is set, Pulumi moves the stack's objects to
    another cluster only when this name changes, never because the kubeconfig did."""

    uid: str | None = None
    """Id of the cluster: the ``metadata.uid`` of its namespace ``kube-system``. A run against any
    other cluster is refused."""

    check: bool = True
    """``true`` asks the cluster for its identity, versions and certificates before a run, and
    refuses what does not fit. ``false`` asks nothing."""


class Charts(Model):
    """Where the mesh's Helm charts come from; by default the official repositories."""

    directory: str | None = None
    """Folder with one subfolder for each chart, absolute or from the project's folder; not together
    with ``repository``."""

    repository: HttpUrl | None = None
    """URL of a mirror of Linkerd's own Helm repository. Other projects' charts still come from
    theirs."""

    gateway_api_directory: str | None = None
    """Folder with the Gateway API's CRDs as ``*.yaml`` files, from the project's folder, only with
    ``gatewayApi: install``. By default they come from the project's release page."""


class Collector(Model):
    """A collector of traces that the cluster already has; it must be in the mesh.

    Source: https://linkerd.io/2-edge/tasks/distributed-tracing/
    """

    endpoint: Address
    """Address of the collector for OTLP over gRPC, as ``host:port``."""

    service_account: DnsLabel
    """ServiceAccount that the collector's pods run as."""

    namespace: DnsLabel
    """Namespace of the collector."""


class Linkerd(Model):
    """The mesh: its release, its extensions, its certificates and its defaults."""

    release: ReleaseName = DEFAULT
    """Linkerd release to install, in quotes, such as ``"2.20"``. The table in ``docs/mesh.md`` has
    all of them."""

    allow_downgrade: bool = False
    """``true`` allows a release that is older than the deployed one."""

    unsupported: Literal["error", "warn"] = "error"
    """What happens when the settings use a feature that the release lacks: ``error`` stops the run.
    ``warn`` only warns, and is for a cluster without a data plane."""

    charts: Charts = Charts()
    """Where the Helm charts and the Gateway API's CRDs come from."""

    default_inbound_policy: InboundPolicy = "all-authenticated"
    """Who may connect to ports that the catalogue does not declare: clients with a mesh identity,
    those of this cluster, nobody, or everybody with a count (``audit``). A change restarts the
    pods."""

    high_availability: bool = False
    """``true`` runs three replicas of the control plane, and lets no pod start while the proxy
    injector is down. It needs three nodes."""

    native_sidecar: bool | None = None
    """``true`` runs proxies as native sidecars, which end with their Job, ``false`` as ordinary
    containers. By default the release decides."""

    crds: Literal["delete", "protect", "retain"] = "protect"
    """What a removal of the mesh does with its CRDs, and so with every object of their kinds:
    ``protect`` refuses the removal, ``delete`` deletes them, ``retain`` leaves them in the
    cluster."""

    viz: Extension = "install"
    """The viz extension with metrics, tap and the dashboard: ``install`` it here, use the cluster's
    own (``external``), or do without (``off``)."""

    tracing: Extension = "install"
    """Tracing: ``install`` Jaeger here, use the cluster's own (``external``), or do without
    (``off``)."""

    smi: Extension = "install"
    """The SMI extension: ``install`` it here, use the cluster's own (``external``), or do without
    (``off``). Canaries in style ``profile`` need it for their TrafficSplit."""

    gateway_api: Extension = "install"
    """The Gateway API's CRDs: ``install`` them here, use the cluster's own (``external``), or do
    without (``off``). Style ``route`` needs them for its HTTPRoutes and GRPCRoutes."""

    flagger: Extension = "off"
    """Flagger: ``install`` it here, use the cluster's own (``external``), or do without (``off``).
    Canaries with ``mode: automated`` need it, and it needs viz."""

    collector: Collector | None = None
    """Collector that the proxies send their traces to, with ``tracing: external`` and a release
    whose proxies export traces themselves."""

    prometheus_url: HttpUrl | None = None
    """URL of a Prometheus that scrapes the proxies, in place of viz's own. Only with
    ``viz: install``."""

    grafana_url: HttpUrlOrAddress | None = None
    """Grafana for viz's dashboard: ``host:port`` in the cluster, or a URL elsewhere. Only with
    ``viz: install``."""

    jaeger_url: Address | None = None
    """Jaeger for viz's dashboard, as ``host:port``; by default the one that ``tracing`` installs.
    Only with ``viz: install``."""

    scraper: MeshIdentity | None = None
    """Mesh identity of the Prometheus that may read the proxies' metrics. By default viz's own
    Prometheus may, unless ``prometheusUrl`` replaces it."""

    identity: IdentitySettings = IdentitySettings()
    """The mesh's certificates."""

    cni: bool = False
    """``true`` is for a cluster with Linkerd's CNI plugin: pods need no privileged init container,
    so the Pod Security level ``restricted`` is enforced."""

    cluster_domain: Hostname = CLUSTER_DOMAIN
    """DNS domain of the cluster, to which the names of its Services belong."""

    cluster_networks: Annotated[tuple[Cidr, ...], Field(min_length=1)] | None = None
    """Networks of the cluster's pods, Services and nodes, outside of which proxies apply no
    profile, split or route. By default the private networks of RFC 1918 and RFC 6598."""

    egress: Literal["open", "limited"] = "open"
    """``limited`` lets the services reach only the catalogue's externals and the ports of
    ``endpoints`` outside the cluster. ``open`` lets them reach every host."""

    @property
    def chosen(self) -> Release:
        """The release's entry in the table."""
        return RELEASES[self.release]

    @property
    def has_own_prometheus(self) -> bool:
        """Whether this stack installs viz with a Prometheus of its own."""
        return self.viz == "install" and self.prometheus_url is None

    @property
    def native_sidecars(self) -> bool:
        """Whether proxies are native sidecars, which end with their pod's own containers."""
        if self.native_sidecar is None:
            return self.chosen.native_sidecar
        return self.native_sidecar and Feature.NATIVE_SIDECAR in self.chosen.features


class DataStores(Model):
    """The data stores of this stack."""

    keep_volumes: bool = True
    """``true`` keeps the volumes of stores, their backups and services when those are removed. The
    deletion of the namespace deletes them all the same."""


class LoadSettings(Model):
    """The load generator in this stack."""

    rate: Rate | None = None
    """Requests per second over all routes, 0 to 1000; 0 turns the load generator off. By default
    the catalogue's ``load.rate``."""


class Settings(Model):
    """Everything that one stack decides."""

    namespace: DnsLabel = "microservices"
    """Namespace of the services."""

    catalogue: str = "services.yaml"
    """Path of the file that describes the services, from the project's folder."""

    cluster: Cluster = Cluster()
    """The cluster that this stack is deployed to."""

    linkerd: Linkerd = Linkerd()
    """The mesh: its release, its extensions and its defaults."""

    gateway: Gateway = Gateway()
    """How clients outside the mesh reach the catalogue's ``gateway``."""

    admission: Admission = Admission()
    """Admission gates in the cluster, for changes that bypass Pulumi."""

    network_policies: bool = True
    """``true`` also writes the call graph as NetworkPolicies, which the cluster's CNI plugin must
    enforce."""

    data_stores: DataStores = DataStores()
    """What becomes of the data when a store is removed."""

    canaries: dict[DnsLabel, Canary] = Field(default_factory=dict)
    """Canaries of this stack, by the service's name."""

    services: dict[DnsLabel, ServiceOverride] = Field(default_factory=dict)
    """Changes to the catalogue's services, by name."""

    stores: dict[DnsLabel, StoreOverride] = Field(default_factory=dict)
    """Changes to the catalogue's stores, by name."""

    endpoints: dict[DnsLabel, Endpoint] = Field(default_factory=dict)
    """Services, stores and externals of the catalogue that this stack finds elsewhere, by name. It
    does not run those."""

    stand_ins: tuple[DnsLabel, ...] = ()
    """Externals that a service of the catalogue plays in this stack, by its ``standsInFor``."""

    secrets: dict[DnsLabel, dict[SecretKeyName, SecretStr]] = Field(default_factory=dict)
    """Secrets to create in the services' namespace, by name and key. Each value comes from secret
    config."""

    existing_secrets: tuple[DnsLabel, ...] = ()
    """Names of Secrets that something else puts into the services' namespace."""

    require_digests: bool = False
    """``true`` refuses images that are pinned by tag only, without a digest."""

    pods: Pods = Pods()
    """How the pods of all services stop."""

    load: LoadSettings = LoadSettings()
    """The rate of the catalogue's load generator in this stack."""

    protection: Protection = Protection()
    """Guards against accidental changes of the stack and deletion of its data."""

    alerts: Alerts = Alerts()
    """Where the rules for objectives and alerts go."""

    @property
    def alert_rules(self) -> AlertRules:
        """Where the rules go: ``alerts.rules``, or what follows from the mesh's settings."""
        return self.alerts.rules or ("viz" if self.linkerd.has_own_prometheus else "off")
