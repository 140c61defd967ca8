"""Data stores in the cluster: Redis and PostgreSQL, each with a generated password.

Linkerd's default list of opaque ports has both ports, so the stores are in the mesh without more:
https://linkerd.io/2-edge/features/protocol-detection/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.catalogue import PostgreSQL, Probe, Redis, Resources
from components.workloads.labels import labels, selector
from components.workloads.pods import Container, SecretKey, pod_spec
from components.workloads.services import ServicePort, service

VERSION = "v1"
PASSWORD_LENGTH = 32
DATABASE_USER = "app"
_RESOURCES = Resources.model_validate(
    {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreArgs:
    """One store of the catalogue in one environment.

    ``keep_volumes``: whether the data outlives the store's deletion.
    """

    store: Redis | PostgreSQL
    namespace: str
    keep_volumes: bool


class DataStore(pulumi.ComponentResource):
    """A StatefulSet with a volume, its Service, and a Secret with ``password`` and ``url``."""

    def __init__(
        self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the store's objects, all named after it."""
        super().__init__("platform:workloads:DataStore", name, None, opts)
        self._owner, self._namespace = name, args.namespace
        self._child = pulumi.ResourceOptions(parent=self)
        engine = _engine(name, args.store)
        self._secret(engine)
        k8s.core.v1.ServiceAccount(
            name,
            metadata=self._metadata(name),
            automount_service_account_token=False,
            opts=self._child,
        )
        apex = service(
            name,
            owner=name,
            namespace=args.namespace,
            port=ServicePort(number=engine.port, protocol="tcp"),
            selector=selector(name, VERSION),
            opts=self._child,
        )
        self._stateful_set(engine, args, apex)
        self.register_outputs({})

    def _metadata(self, name: str) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=self._namespace, labels=labels(self._owner)
        )

    def _secret(self, engine: Engine) -> None:
        # Letters and digits only: the password stands in a URL.
        password = random.RandomPassword(
            self._owner, length=PASSWORD_LENGTH, special=False, opts=self._child
        ).result
        url = password.apply(lambda text: engine.url.format(password=text))
        k8s.core.v1.Secret(
            credentials(self._owner),
            metadata=self._metadata(credentials(self._owner)),
            string_data={"password": password, "url": url},
            opts=self._child,
        )

    def _stateful_set(self, engine: Engine, args: StoreArgs, apex: k8s.core.v1.Service) -> None:
        port = ServicePort(number=engine.port, protocol="tcp")
        template = k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels=labels(self._owner, VERSION), annotations=port.opaque_annotation()
            ),
            spec=pod_spec(engine.container(self._owner, port), service_account=self._owner),
        )
        k8s.apps.v1.StatefulSet(
            self._owner,
            metadata=self._metadata(self._owner),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                service_name=self._owner,
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self._owner, VERSION)),
                template=template,
                volume_claim_templates=[_claim(args.store.storage)],
                persistent_volume_claim_retention_policy=_retention(args.keep_volumes),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[apex]),
        )


def credentials(store: str) -> str:
    """The name of the Secret that holds a store's password and URL."""
    return f"{store}-credentials"


def url_key(store: str) -> SecretKey:
    """Where a caller of the store finds its URL."""
    return SecretKey(name=credentials(store), key="url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What differs between the kinds of store. ``url`` has a place for ``{password}``."""

    image: str
    port: int
    user: int
    url: str
    data_path: str
    args: tuple[str, ...]
    env: Mapping[str, str | SecretKey]
    probe: Probe
    writable: tuple[str, ...]

    def container(self, name: str, port: ServicePort) -> Container:
        """The store's container."""
        return Container(
            name=name,
            image=self.image,
            port_name=port.name,
            port=self.port,
            user=self.user,
            resources=_RESOURCES,
            args=self.args,
            env=self.env,
            probe=self.probe,
            writable=self.writable,
            files={},
            data_path=self.data_path,
        )


def _engine(name: str, store: Redis | PostgreSQL) -> Engine:
    password = SecretKey(name=credentials(name), key="password")
    return (
        _redis(name, store, password)
        if store.kind == "redis"
        else _postgresql(name, store, password)
    )


def _redis(name: str, store: Redis, password: SecretKey) -> Engine:
    return Engine(
        image=store.image,
        port=6379,
        user=999,
        url=f"redis://:{{password}}@{name}:6379/0",
        data_path="/data",
        args=("--requirepass", "$(REDISCLI_AUTH)", "--appendonly", "yes"),
        env={"REDISCLI_AUTH": password},
        probe=Probe.model_validate({"exec": ["redis-cli", "ping"]}),
        writable=(),
    )


def _postgresql(name: str, store: PostgreSQL, password: SecretKey) -> Engine:
    database = store.database
    return Engine(
        image=store.image,
        port=5432,
        user=70,
        url=f"postgresql://{DATABASE_USER}:{{password}}@{name}:5432/{database}",
        data_path="/var/lib/postgresql/data",
        args=(),
        env={
            "POSTGRES_USER": DATABASE_USER,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": database,
            # initdb wants an empty folder, and a volume's root may hold lost+found.
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        probe=Probe.model_validate({"exec": ["pg_isready", "-U", DATABASE_USER, "-d", database]}),
        writable=("/var/run/postgresql", "/tmp"),
    )


def _claim(storage: str) -> k8s.core.v1.PersistentVolumeClaimArgs:
    return k8s.core.v1.PersistentVolumeClaimArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(name="data"),
        spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": storage}),
        ),
    )


def _retention(
    keep: bool,
) -> k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs:
    # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    return k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
        when_deleted="Retain" if keep else "Delete", when_scaled="Retain"
    )
