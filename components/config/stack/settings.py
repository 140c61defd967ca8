"""A stack's settings, from ``Pulumi.<stack>.yaml``: what differs between environments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from components.config.problems import one_of
from components.config.scalars import (
    Address,
    DnsLabel,
    HttpUrl,
    HttpUrlOrAddress,
    Rate,
    SecretKeyName,
    refuse,
)
from components.config.stack.admission import Admission
from components.config.stack.canary import Canary
from components.config.stack.gateway import AnyGateway, Gateway, MeshIdentity
from components.config.stack.identity import IdentitySettings
from components.config.stack.workloads import AnyEndpoint, Pods, ServiceOverride, StoreOverride
from components.config.validation import Model
from components.linkerd.inbound_policy import InboundPolicy
from components.linkerd.releases import DEFAULT, RELEASES, Extension, Feature, Release


def _release(name: str) -> str:
    if name not in RELEASES:
        allowed = one_of(f'"{known}"' for known, entry in RELEASES.items() if not entry.local_only)
        raise refuse(allowed, 'Choose one, in quotes: without them YAML reads 2.20 as "2.2".')
    return name


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


ReleaseName = Annotated[str, BeforeValidator(_text), AfterValidator(_release)]


class Protection(Model):
    """Guards against changes that nobody meant; both are off by default.

    With ``confirm`` `make up`, `make down` and every other command that changes the stack, besides
    a rollback, want the stack's name typed, or given as `CONFIRM=<stack>`. With ``resources`` no
    run deletes or replaces the services' namespace, a StatefulSet or a volume of its own.
    """

    confirm: bool = False
    resources: bool = False


class Cluster(Model):
    """The cluster of this stack.

    ``kubeconfig`` is a file (relative to the project; default: ``$KUBECONFIG`` or
    ``~/.kube/config``), ``context`` one of its contexts (default: the current one).
    ``identifier`` names the cluster: a stack never moves to another one by a changed kubeconfig.
    ``uid`` is the id of its namespace ``kube-system``; no other cluster is touched.
    ``check`` asks the cluster who and what it is before anything else.
    """

    kubeconfig: str | None = None
    context: str | None = None
    identifier: str | None = None
    uid: str | None = None
    check: bool = True


class Charts(Model):
    """Where the mesh's Helm charts come from: the official repositories by default.

    ``directory`` holds one folder for each chart; ``repository`` is a mirror of Linkerd's own.
    ``gatewayApiDirectory`` holds the Gateway API's CRDs as ``*.yaml`` files (default: the project's
    release page).
    """

    directory: str | None = None
    repository: HttpUrl | None = None
    gateway_api_directory: str | None = None


class Collector(Model):
    """A collector of the cluster's own that takes OTLP by gRPC; it has to be in the mesh.

    ``endpoint`` is its ``host:port``; ``serviceAccount`` and ``namespace`` are its mesh identity.
    """

    endpoint: Address
    service_account: DnsLabel
    namespace: DnsLabel


class Linkerd(Model):
    """The mesh: which release, from where, with which extensions.

    ``unsupported`` says what happens when something is asked of the release that it lacks: ``warn``
    is for a cluster without a data plane. ``highAvailability`` needs three nodes. ``nativeSidecar``
    is the release's own default where it is not set. ``allowDowngrade`` lets a release be chosen
    that is older than the deployed one. ``crds`` says what a removal of the mesh does
    with the CRDs, and so with every object of their kinds: ``protect`` refuses it, ``delete``
    deletes them, ``retain`` leaves them to the cluster's other users.

    ``viz``, ``tracing``, ``smi``, ``gatewayApi`` and ``flagger`` (which moves the weights of
    automated canaries, default ``off``): ``install`` it here, use the cluster's own
    (``external``), or do without (``off``). ``collector`` is for ``tracing: external``.
    ``prometheusUrl`` (in place of viz's own Prometheus), ``grafanaUrl`` (``host:port`` in the
    cluster, or a URL elsewhere) and ``jaegerUrl`` (``host:port``) are for viz. ``scraper`` is the
    mesh identity that may read the proxies' metrics: by default viz's own Prometheus.

    ``defaultInboundPolicy`` holds for every port that the catalogue does not declare; a change of
    it restarts the pods.
    """

    release: ReleaseName = DEFAULT
    allow_downgrade: bool = False
    unsupported: Literal["error", "warn"] = "error"
    charts: Charts = Charts()
    default_inbound_policy: InboundPolicy = "all-authenticated"
    high_availability: bool = False
    native_sidecar: bool | None = None
    crds: Literal["delete", "protect", "retain"] = "protect"
    viz: Extension = "install"
    tracing: Extension = "install"
    smi: Extension = "install"
    gateway_api: Extension = "install"
    flagger: Extension = "off"
    collector: Collector | None = None
    prometheus_url: HttpUrl | None = None
    grafana_url: HttpUrlOrAddress | None = None
    jaeger_url: Address | None = None
    scraper: MeshIdentity | None = None
    identity: IdentitySettings = IdentitySettings()
    cni: bool = False
    egress: Literal["open", "limited"] = "open"

    @property
    def chosen(self) -> Release:
        """The release's entry in the table."""
        return RELEASES[self.release]

    @property
    def native_sidecars(self) -> bool:
        """Whether proxies are native sidecars, which end with their pod's own containers."""
        if self.native_sidecar is None:
            return self.chosen.native_sidecar
        return self.native_sidecar and Feature.NATIVE_SIDECAR in self.chosen.features


class DataStores(Model):
    """The data stores of this stack.

    ``keep_volumes``: whether a store's volume outlives the store (default: yes). The namespace
    itself takes them with it when it is deleted.
    """

    keep_volumes: bool = True


class LoadSettings(Model):
    """The load generator in this stack: its ``rate`` in requests per second, 0 for off.

    By default the catalogue's.
    """

    rate: Rate | None = None


class Settings(Model):
    """Everything that one stack decides.

    ``services`` and ``stores`` change entries of the catalogue; ``endpoints`` say where those are
    that the stack does not run; ``standIns`` are the externals that a service of the catalogue
    plays. ``secrets`` are made from (secret) config, by name and key; ``existingSecrets`` are in
    the namespace by other means. ``requireDigests`` refuses images that are pinned by tag only.
    ``networkPolicies`` writes the call graph as NetworkPolicies, too, which need a CNI plugin that
    enforces them.
    """

    namespace: DnsLabel = "microservices"
    catalogue: str = "services.yaml"
    cluster: Cluster = Cluster()
    linkerd: Linkerd = Linkerd()
    gateway: AnyGateway = Gateway()
    admission: Admission = Admission()
    network_policies: bool = True
    data_stores: DataStores = DataStores()
    canaries: dict[DnsLabel, Canary] = Field(default_factory=dict)
    services: dict[DnsLabel, ServiceOverride] = Field(default_factory=dict)
    stores: dict[DnsLabel, StoreOverride] = Field(default_factory=dict)
    endpoints: dict[DnsLabel, AnyEndpoint] = Field(default_factory=dict)
    stand_ins: tuple[DnsLabel, ...] = ()
    secrets: dict[DnsLabel, dict[SecretKeyName, SecretStr]] = Field(default_factory=dict)
    existing_secrets: tuple[DnsLabel, ...] = ()
    require_digests: bool = False
    pods: Pods = Pods()
    load: LoadSettings = LoadSettings()
    protection: Protection = Protection()
