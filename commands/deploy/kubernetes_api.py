"""What the commands read from the stack's cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubernetes import client

from commands.deploy.errors import DeployError
from components.cluster.connection import SECONDS_TO_ANSWER, Unreachable, connected
from components.config.stack.settings import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A Deployment or StatefulSet: how many of its pods are wanted and ready."""

    namespace: str
    name: str
    service: str
    wanted: int
    ready: int


@contextmanager
def _api(cluster: Cluster) -> Iterator[Any]:
    try:
        with connected(cluster) as api:
            yield api
    except Unreachable as error:
        raise DeployError(f"The cluster cannot be reached: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What identifies a cluster: the UID of its namespace ``kube-system``.

    ``server`` is its address.
    """

    uid: str
    server: str


def identity(cluster: Cluster) -> Identity:
    """The cluster's identity. Raises :class:`DeployError` where it cannot be reached."""
    with _api(cluster) as api:
        space = client.CoreV1Api(api).read_namespace(
            "kube-system", _request_timeout=SECONDS_TO_ANSWER
        )
        return Identity(uid=str(space.metadata.uid), server=str(api.configuration.host))


def workloads(cluster: Cluster, namespaces: Sequence[str]) -> list[Workload]:
    """Every Deployment and StatefulSet in the namespaces."""
    with _api(cluster) as api:
        apps = client.AppsV1Api(api)
        return [
            _workload(item)
            for namespace in namespaces
            for listing in (apps.list_namespaced_deployment, apps.list_namespaced_stateful_set)
            for item in listing(namespace, _request_timeout=SECONDS_TO_ANSWER).items
        ]


def _workload(item: Any) -> Workload:
    labels = item.metadata.labels or {}
    return Workload(
        namespace=item.metadata.namespace,
        name=item.metadata.name,
        service=labels.get("app.kubernetes.io/name", item.metadata.name),
        wanted=item.spec.replicas if item.spec.replicas is not None else 1,
        ready=item.status.ready_replicas or 0,
    )
