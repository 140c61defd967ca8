"""What must be true of the cluster before anything is changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from components.mesh.releases import Release
from components.problems import ConfigurationError, Problem
from components.settings import Cluster

SECONDS_TO_ANSWER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the cluster says of itself.

    ``version`` is its Kubernetes minor version; ``identity`` the annotations of the pods of its
    Linkerd identity controller, empty without one.
    """

    version: tuple[int, int]
    identity: Mapping[str, str] = field(default_factory=dict)


class Unreachable(Exception):
    """The cluster could not be asked; the message is one sentence for the user."""


Ask: TypeAlias = Callable[[Cluster], Facts]


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """A client of the stack's cluster, for questions only. Raises :class:`Unreachable`."""
    # Here, because the client takes half a second to import.
    import urllib3
    from kubernetes import client, config

    try:
        with config.new_client_from_config(cluster.kubeconfig, cluster.context) as api:
            api.configuration.retries = 0
            yield api
    except config.ConfigException as error:
        raise Unreachable(f"no usable kubeconfig: {error}") from error
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"no answer from its API server: {_reason(error)}") from error
    except client.ApiException as error:
        raise Unreachable(f"its API server refuses us: {error.status} {error.reason}") from error


def ask(cluster: Cluster) -> Facts:
    """Ask the API server of the stack's cluster. Raises :class:`Unreachable`."""
    with connected(cluster) as api:
        from kubernetes import client

        answer = client.VersionApi(api).get_code(_request_timeout=SECONDS_TO_ANSWER)
        identity = _identity(client.AppsV1Api(api))
    return Facts(version=(int(answer.major), int(answer.minor.rstrip("+"))), identity=identity)


def _identity(apps: Any) -> Mapping[str, str]:
    # A list, because one that finds nothing is no error.
    found = apps.list_namespaced_deployment(
        "linkerd",
        field_selector="metadata.name=linkerd-identity",
        _request_timeout=SECONDS_TO_ANSWER,
    )
    return next((one.spec.template.metadata.annotations or {} for one in found.items), {})


def check(cluster: Cluster, release: Release, *, file: str) -> Facts | None:
    """Make sure that the cluster answers and that the release supports its version.

    ``file`` is the stack's config file, for messages. Returns what the cluster says, ``None`` where
    it is not to be asked. Raises :class:`ConfigurationError`.
    """
    if not cluster.check:
        return None
    try:
        facts = ask(cluster)
    except Unreachable as error:
        raise ConfigurationError([unreachable(file, cluster, error)]) from None
    low, high = release.kubernetes
    if not low <= facts.version <= high:
        raise ConfigurationError([_out_of_range(file, facts, release)])
    return facts


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).rsplit(": ", 1)[-1]


def unreachable(file: str, cluster: Cluster, error: Unreachable) -> Problem:
    """The problem of a cluster that could not be asked."""
    return Problem(
        file=file,
        path="cluster.kubeconfig",
        found=f"{cluster.kubeconfig or 'the default kubeconfig'}: {error}",
        allowed="the kubeconfig of a cluster that answers",
        fix="Start the cluster, or correct `cluster` in the stack's config or $KUBECONFIG.",
    )


def _out_of_range(file: str, facts: Facts, release: Release) -> Problem:
    low, high = (f"{major}.{minor}" for major, minor in release.kubernetes)
    major, minor = facts.version
    return Problem(
        file=file,
        path="linkerd.release",
        found=f'"{release.name}" on Kubernetes {major}.{minor}',
        allowed=f"Kubernetes {low} to {high} for this release",
        fix="Choose a release that supports the cluster, or upgrade the cluster.",
    )
