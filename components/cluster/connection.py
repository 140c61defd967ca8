"""Asks a stack's cluster what the rules need to know about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from components.cluster import guards
from components.cluster.facts import Facts, GatewayCrds
from components.config.stack.settings import Cluster
from components.linkerd import namespaces
from components.linkerd.releases import Version

SECONDS_TO_ANSWER = 10


class Unreachable(Exception):
    """The cluster did not answer. The message is one sentence for the user."""


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """A client of the stack's cluster, to read only. Raises :class:`Unreachable`."""
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
        core = client.CoreV1Api(api)
        identity = _identity(client.AppsV1Api(api))
        return Facts(
            version=(int(answer.major), int(answer.minor.rstrip("+"))),
            nodes=_nodes(core),
            gateway_api=_gateway_api(client.ApiextensionsV1Api(api)),
            identity=(identity.template.metadata.annotations or {}) if identity else {},
            replicas=(identity.replicas or 0) if identity else 0,
            uid=getattr(_namespace(core, namespaces.KUBE_SYSTEM), "uid", ""),
            server=api.configuration.host,
            stack=_stack(core),
        )


def _namespace(core: Any, name: str) -> Any:
    """The namespace's metadata, ``None`` without one."""
    found = core.list_namespace(
        field_selector=f"metadata.name={name}", _request_timeout=SECONDS_TO_ANSWER
    )
    return next((one.metadata for one in found.items), None)


def _stack(core: Any) -> str:
    annotations = getattr(_namespace(core, namespaces.CONTROL_PLANE), "annotations", None) or {}
    return str(annotations.get(guards.STACK, ""))


def _nodes(core: Any) -> int:
    """The number of nodes that are ready and take any pod."""
    found = core.list_node(_request_timeout=SECONDS_TO_ANSWER)
    return sum(1 for node in found.items if takes_pods(node))


def takes_pods(node: Any) -> bool:
    """Whether the node is ready and takes any pod: not cordoned, and without a taint."""
    ready = any(c.type == "Ready" and c.status == "True" for c in node.status.conditions or ())
    closed = any(t.effect in ("NoSchedule", "NoExecute") for t in node.spec.taints or ())
    return ready and not closed and not node.spec.unschedulable


def _gateway_api(extensions: Any) -> GatewayCrds | None:
    found = extensions.list_custom_resource_definition(
        field_selector="metadata.name=httproutes.gateway.networking.k8s.io",
        _request_timeout=SECONDS_TO_ANSWER,
    )
    return next((_gateway_crds(one.metadata) for one in found.items), None)


def _gateway_crds(metadata: Any) -> GatewayCrds:
    annotations = metadata.annotations or {}
    numbers = re.match(
        r"v?([0-9]+)\.([0-9]+)\.([0-9]+)",
        annotations.get("gateway.networking.k8s.io/bundle-version", ""),
    )
    version = cast(Version, tuple(map(int, numbers.groups()))) if numbers else None
    helm = annotations.get("meta.helm.sh/release-name")
    managers = [one.manager or "" for one in metadata.managed_fields or ()]
    ours = any(manager.startswith("pulumi-kubernetes") for manager in managers)
    owner = f"helm:{helm}" if helm else "pulumi" if ours else ""
    return GatewayCrds(version=version, owner=owner)


def _identity(apps: Any) -> Any:
    """The specification of the identity controller's Deployment, ``None`` without one."""
    # A list, because one that finds nothing is no error.
    found = apps.list_namespaced_deployment(
        namespaces.CONTROL_PLANE,
        field_selector="metadata.name=linkerd-identity",
        _request_timeout=SECONDS_TO_ANSWER,
    )
    return next((one.spec for one in found.items), None)


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).rsplit(": ", 1)[-1]
