"""Data stores in the cluster: Redis and PostgreSQL, each with a generated password.

Linkerd's default list of opaque ports contains both ports, so the stores need no annotation:
https://linkerd.io/2-edge/features/protocol-detection/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.config.catalogue.containers import ProxyResources
from components.config.catalogue.model import PostgreSQL, Redis
from components.config.stack.workloads import StoreOverride
from components.names import credentials
from components.resources.labels import labels, rotation, selector
from components.resources.objects import Context
from components.workloads.backup import Backup, BackupArgs
from components.workloads.cloudnative_pg import postgres_cluster, read_write_host
from components.workloads.engines import DATABASE_USER, Engine, engine
from components.workloads.pods import Stop, pod_spec, proxy_annotations
from components.workloads.services import opaque_annotation, service
from components.workloads.volumes import claim, retention

VERSION = "v1"
PASSWORD_LENGTH = 32
# A database needs time to write its memory to disk.
_STOP = Stop(grace_seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreArgs:
    """One store of the catalogue in one environment."""

    store: Redis | PostgreSQL
    override: StoreOverride
    context: Context


class DataStore(pulumi.ComponentResource):
    """A StatefulSet with a volume, its Service, and a Secret with ``password`` and ``url``.

    With the operator CloudNativePG, a Cluster replaces all of these but the Secret.
    """

    def __init__(
        self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the store's objects. Their names start with the store's."""
        super().__init__("platform:workloads:DataStore", name, None, opts)
        self._owner, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        operated = args.override.operator is not None
        found = engine(name, args.store, read_write_host(name) if operated else None)
        secret = self._secret(found, operated=operated)
        if operated and args.store.kind == "postgresql":
            postgres_cluster(
                name,
                args.store,
                instances=args.override.instances,
                context=args.context,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[secret]),
            )
        else:
            self._server(found, secret)
        self._backup(found, secret)
        self.register_outputs({})

    def _secret(self, found: Engine, *, operated: bool) -> k8s.core.v1.Secret:
        # Only letters and digits, since the password is part of a URL.
        password = random.RandomPassword(
            self._owner,
            length=PASSWORD_LENGTH,
            special=False,
            keepers={"generation": str(self._args.override.password_generation)},
            opts=self._child,
        ).result
        data: dict[str, pulumi.Input[str]] = {
            "password": password,
            "url": password.apply(lambda text: found.url.format(password=text)),
        }
        metadata = self._args.context.metadata(credentials(self._owner), self._owner)
        if operated:
            data["username"] = DATABASE_USER
            # With this label the operator applies a new password by itself.
            metadata.labels = {**labels(self._owner), "cnpg.io/reload": "true"}
        return k8s.core.v1.Secret(
            credentials(self._owner),
            metadata=metadata,
            type="kubernetes.io/basic-auth" if operated else "Opaque",
            string_data=data,
            opts=self._child,
        )

    def _server(self, found: Engine, secret: k8s.core.v1.Secret) -> None:
        account = self._args.context.service_account(self._owner, self._child)
        apex = service(
            self._owner,
            owner=self._owner,
            context=self._args.context,
            ports=[found.service_port],
            selector=selector(self._owner, VERSION),
            opts=self._child,
        )
        self._stateful_set(found, [apex, account, secret])

    def _stateful_set(self, found: Engine, before: Sequence[pulumi.Resource]) -> None:
        args, selected = self._args, selector(self._owner, VERSION)
        k8s.apps.v1.StatefulSet(
            self._owner,
            metadata=args.context.metadata(self._owner),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                service_name=self._owner,
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selected),
                template=self._template(found),
                volume_claim_templates=[claim(args.store.storage)],
                persistent_volume_claim_retention_policy=retention(args.context.keep_volumes),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(before)),
        )

    def _template(self, found: Engine) -> k8s.core.v1.PodTemplateSpecArgs:
        generation = generations(self._owner, self._args.override)
        return k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels=labels(self._owner, VERSION),
                annotations={
                    **opaque_annotation([found.service_port]),
                    **proxy_annotations(ProxyResources()),
                    **self._args.context.pod_annotations,
                    **generation,
                },
            ),
            spec=pod_spec([found.container(self._owner)], service_account=self._owner, stop=_STOP),
        )

    def _backup(self, found: Engine, secret: k8s.core.v1.Secret) -> None:
        plan = self._args.store.backup
        if plan is None:
            return
        args = BackupArgs(plan=plan, engine=found, context=self._args.context)
        Backup(self._owner, args, pulumi.ResourceOptions(parent=self, depends_on=[secret]))


def generations(store: str, override: StoreOverride) -> dict[str, str]:
    """The pod annotation that changes with the password, and so rolls the store and its callers.

    It is a counter, which reveals nothing about the password.
    """
    return {rotation(credentials(store)): str(override.password_generation)}
