"""A stack's settings, from ``Pulumi.<stack>.yaml``: what differs between environments."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from components.mesh.identity_settings import IdentitySettings
from components.mesh.releases import DEFAULT, RELEASES, Release
from components.problems import one_of
from components.scalars import Cidr, DnsLabel, HttpUrl, Rate, Weight, refuse
from components.validation import Model

InboundPolicy: TypeAlias = Literal["all-authenticated", "cluster-authenticated", "deny"]
"""The default inbound policies that refuse a client without mesh identity.

Source: https://linkerd.io/2-edge/reference/authorization-policy/#default-policies
"""

Extension: TypeAlias = Literal["install", "external", "off"]
"""``install`` it here, use the cluster's own (``external``), or do without (``off``)."""


def _release(name: str) -> str:
    if name not in RELEASES:
        allowed = one_of(f'"{known}"' for known, entry in RELEASES.items() if not entry.local_only)
        raise refuse(allowed, 'Choose one, in quotes: without them YAML reads 2.20 as "2.2".')
    return name


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


ReleaseName = Annotated[str, BeforeValidator(_text), AfterValidator(_release)]


class Cluster(Model):
    """The cluster of this stack.

    ``kubeconfig`` is a file (relative to the project; default: ``$KUBECONFIG`` or
    ``~/.kube/config``), ``context`` one of its contexts (default: the current one).
    ``identifier`` names the cluster: a stack never moves to another one by a changed kubeconfig.
    ``check`` asks the cluster for its version before anything else.
    """

    kubeconfig: str | None = None
    context: str | None = None
    identifier: str | None = None
    check: bool = True


class Charts(Model):
    """Where Linkerd's Helm charts come from: the release's own repository by default.

    ``directory`` holds one folder for each chart; ``repository`` is a mirror of the official one.
    """

    directory: str | None = None
    repository: HttpUrl | None = None


class Linkerd(Model):
    """The mesh: which release, from where, with which extensions.

    ``unsupported`` says what happens when the catalogue needs what the release lacks: ``warn`` is
    for a cluster without a data plane.
    """

    release: ReleaseName = DEFAULT
    unsupported: Literal["error", "warn"] = "error"
    charts: Charts = Charts()
    default_inbound_policy: InboundPolicy = "all-authenticated"
    viz: Literal["install", "off"] = "install"
    tracing: Literal["install", "off"] = "install"
    smi: Extension = "install"
    gateway_api: Extension = "install"
    identity: IdentitySettings = IdentitySettings()

    @property
    def chosen(self) -> Release:
        """The release's entry in the table."""
        return RELEASES[self.release]


class Canary(Model):
    """A canary in this stack: the per cent of requests that its new version gets."""

    weight: Weight


class Gateway(Model):
    """Who may reach the gateway's port from outside the mesh: everybody by default."""

    cidrs: tuple[Cidr, ...] = Field(default=("0.0.0.0/0", "::/0"), min_length=1)


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
    """Everything that one stack decides."""

    namespace: DnsLabel = "microservices"
    catalogue: str = "services.yaml"
    cluster: Cluster = Cluster()
    linkerd: Linkerd = Linkerd()
    gateway: Gateway = Gateway()
    data_stores: DataStores = DataStores()
    canaries: dict[DnsLabel, Canary] = Field(default_factory=dict)
    load: LoadSettings = LoadSettings()
