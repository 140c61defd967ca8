"""PostgreSQL by the operator CloudNativePG, where the cluster has it.

Source: https://cloudnative-pg.io/docs/ (the Cluster resource, API postgresql.cnpg.io/v1)
"""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import PostgreSQL
from components.linkerd.inbound_policy import InboundPolicy, pod_annotations
from components.linkerd.shared import words
from components.names import credentials
from components.plan.network import OPERATOR_STATUS
from components.resources.labels import labels
from components.workloads.engines import DATABASE_USER


def read_write_host(name: str) -> str:
    """The Service that the operator makes for the primary of the Cluster called ``name``."""
    return f"{name}-rw"


def postgres_cluster(
    name: str,
    store: PostgreSQL,
    *,
    instances: int,
    inbound_policy: InboundPolicy,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    opts: pulumi.ResourceOptions,
) -> k8s.apiextensions.CustomResource:
    """A Cluster with the store's database, whose owner has the password of its Secret.

    The image is the operator's own choice: the catalogue's is not made for it.
    """
    return k8s.apiextensions.CustomResource(
        name,
        api_version="postgresql.cnpg.io/v1",
        kind="Cluster",
        metadata=metadata,
        spec={
            "instances": instances,
            "storage": {"size": store.storage},
            "bootstrap": {
                "initdb": {
                    "database": store.database,
                    "owner": DATABASE_USER,
                    "secret": {"name": credentials(name)},
                }
            },
            "inheritedMetadata": {
                "labels": labels(name),
                # The operator is outside of the mesh. It reads each instance's state on this port,
                # over TLS of its own.
                "annotations": {
                    words.SKIP_INBOUND_PORTS: str(OPERATOR_STATUS),
                    **pod_annotations(inbound_policy),
                },
            },
        },
        opts=opts,
    )
