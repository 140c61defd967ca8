"""PostgreSQL by the operator CloudNativePG, if the cluster has it.

Source: https://cloudnative-pg.io/docs/ (the Cluster resource, API postgresql.cnpg.io/v1)
"""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import PostgreSQL
from components.linkerd.shared import words
from components.names import credentials, operated
from components.plan.network import OPERATOR_STATUS
from components.resources.labels import labels
from components.resources.objects import Context, custom_resource
from components.resources.specs.cloudnative_pg import POSTGRES_CLUSTER, PostgresClusterSpec
from components.workloads.engines import DATABASE_USER


def read_write_host(name: str) -> str:
    """The Service that the operator creates for the primary of the Cluster called ``name``."""
    return operated(name)[0]


def postgres_cluster(
    name: str,
    store: PostgreSQL,
    *,
    instances: int,
    context: Context,
    opts: pulumi.ResourceOptions,
) -> k8s.apiextensions.CustomResource:
    """A Cluster with the store's database. Its owner gets the password of the store's Secret.

    The operator chooses the image, since the catalogue's is not made for it.
    """
    spec = PostgresClusterSpec(
        instances=instances,
        storage={"size": store.storage},
        bootstrap={
            "initdb": {
                "database": store.database,
                "owner": DATABASE_USER,
                "secret": {"name": credentials(name)},
            }
        },
        inheritedMetadata={
            "labels": labels(name),
            "annotations": {
                # The operator is outside of the mesh. It reads each instance's state on this port,
                # over TLS of its own.
                words.SKIP_INBOUND_PORTS: str(OPERATOR_STATUS),
                **context.pod_annotations,
            },
        },
    )
    metadata = context.metadata(name)
    return custom_resource(name, POSTGRES_CLUSTER, spec, metadata=metadata, opts=opts)
