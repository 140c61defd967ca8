"""CloudNativePG (postgresql.cnpg.io).

Source: https://cloudnative-pg.io/docs/
"""

from __future__ import annotations

from typing import TypedDict

from components.resources.specs.kind import Kind, ObjectName


class ClusterStorage(TypedDict):
    size: str


class InitDb(TypedDict):
    database: str
    owner: str
    secret: ObjectName


class Bootstrap(TypedDict):
    initdb: InitDb


class InheritedMetadata(TypedDict):
    labels: dict[str, str]
    annotations: dict[str, str]


class PostgresClusterSpec(TypedDict):
    """A Cluster of CloudNativePG."""

    instances: int
    storage: ClusterStorage
    bootstrap: Bootstrap
    inheritedMetadata: InheritedMetadata


POSTGRES_CLUSTER = Kind[PostgresClusterSpec]("Cluster", "postgresql.cnpg.io/v1")
