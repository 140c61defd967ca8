"""Asks a stack's cluster what the rules need to know about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from components.cluster import ownership, shape
from components.cluster.facts import Facts, GatewayCrds, Space
from components.config.stack.settings import Cluster, Settings
from components.linkerd import namespaces
from components.linkerd.releases import ROUTES_OF_LIMITS, Version

SECONDS_TO_ANSWER = 10
MESH = namespaces.CONTROL_PLANE
HELM_RELEASE = "meta.helm.sh/release-name"


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


def ask(settings: Settings) -> Facts:
    """Ask the API server of the stack's cluster. Raises :class:`Unreachable`."""
    with connected(settings.cluster) as api:
        from kubernetes import client

        answer = client.VersionApi(api).get_code(_request_timeout=SECONDS_TO_ANSWER)
        core, extensions = client.CoreV1Api(api), client.ApiextensionsV1Api(api)
        spaces = _spaces(core, ownership.made_namespaces(settings))
        meshes = _meshes(client.AppsV1Api(api))
        nodes = core.list_node(_request_timeout=SECONDS_TO_ANSWER).items
        identity = _identity(meshes)
        return Facts(
            version=(int(answer.major), int(answer.minor.rstrip("+"))),
            nodes=sum(1 for node in nodes if takes_pods(node)),
            gateway_api=gateway_api(extensions),
            identity=(identity.template.metadata.annotations or {}) if identity else {},
            replicas=(identity.replicas or 0) if identity else 0,
            uid=getattr(_namespace(core, namespaces.KUBE_SYSTEM), "uid", ""),
            server=api.configuration.host,
            stack=spaces[MESH].stack if MESH in spaces else "",
            spaces=spaces,
            others=[*_other_meshes(meshes), *_other_crds(extensions)],
            domain=_domain(core),
            networks=_networks(core, nodes),
            cni=_cni(client.AppsV1Api(api)),
        )


@contextmanager
def allowed() -> Iterator[None]:
    """A question whose answer we can do without: it is given up where we may not ask it."""
    from kubernetes import client

    try:
        yield
    except client.ApiException as error:
        if error.status not in (401, 403, 404):
            raise


def _domain(core: Any) -> str | None:
    with allowed():
        found = core.list_namespaced_config_map(
            namespaces.KUBE_SYSTEM,
            field_selector="metadata.name=coredns",
            _request_timeout=SECONDS_TO_ANSWER,
        )
        return shape.domain_of("".join((one.data or {}).get("Corefile", "") for one in found.items))
    return None


def _networks(core: Any, nodes: Iterable[Any]) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes:
        found += node.spec.pod_cidrs or ([node.spec.pod_cidr] if node.spec.pod_cidr else [])
    with allowed():
        services = core.list_namespaced_service(
            "default",
            field_selector="metadata.name=kubernetes",
            _request_timeout=SECONDS_TO_ANSWER,
        )
        for one in services.items:
            found += [ip for ip in one.spec.cluster_ips or () if ip != "None"]
    return tuple(dict.fromkeys(found))


def _cni(apps: Any) -> bool | None:
    with allowed():
        found = apps.list_daemon_set_for_all_namespaces(
            field_selector="metadata.name=linkerd-cni", _request_timeout=SECONDS_TO_ANSWER
        )
        return bool(found.items)
    return None


def _namespace(core: Any, name: str) -> Any:
    """The namespace's metadata, ``None`` without one."""
    found = core.list_namespace(
        field_selector=f"metadata.name={name}", _request_timeout=SECONDS_TO_ANSWER
    )
    return next((one.metadata for one in found.items), None)


def _spaces(core: Any, names: Iterable[str]) -> dict[str, Space]:
    found = {name: _namespace(core, name) for name in names}
    return {name: _space(metadata) for name, metadata in found.items() if metadata is not None}


def _space(metadata: Any) -> Space:
    annotations = metadata.annotations or {}
    return Space(
        stack=annotations.get(ownership.STACK, ""),
        helm=annotations.get(HELM_RELEASE, ""),
        managers=tuple(one.manager or "" for one in metadata.managed_fields or ()),
        is_ending=metadata.deletion_timestamp is not None,
    )


def takes_pods(node: Any) -> bool:
    """Whether the node is ready and takes any pod: not cordoned, and without a taint."""
    ready = any(c.type == "Ready" and c.status == "True" for c in node.status.conditions or ())
    closed = any(t.effect in ("NoSchedule", "NoExecute") for t in node.spec.taints or ())
    return ready and not closed and not node.spec.unschedulable


def gateway_api(extensions: Any) -> GatewayCrds | None:
    """The Gateway API's CRDs, as the CRD of HTTPRoutes describes them; ``None`` without it."""
    found = _gateway_crd(extensions, "HTTPRoute")
    if found is None:
        return None
    served = {kind: _served(_gateway_crd(extensions, kind)) for kind in ROUTES_OF_LIMITS}
    return _gateway_crds(found.metadata, served)


def _gateway_crd(extensions: Any, kind: str) -> Any:
    # A list, because one that finds nothing is no error.
    found = extensions.list_custom_resource_definition(
        field_selector=f"metadata.name={kind.lower()}s.gateway.networking.k8s.io",
        _request_timeout=SECONDS_TO_ANSWER,
    )
    return next(iter(found.items), None)


def _served(crd: Any) -> frozenset[str]:
    return frozenset(one.name for one in crd.spec.versions if one.served) if crd else frozenset()


def _gateway_crds(metadata: Any, served: Mapping[str, frozenset[str]]) -> GatewayCrds:
    annotations = metadata.annotations or {}
    numbers = re.match(
        r"v?([0-9]+)\.([0-9]+)\.([0-9]+)",
        annotations.get("gateway.networking.k8s.io/bundle-version", ""),
    )
    version = cast(Version, tuple(map(int, numbers.groups()))) if numbers else None
    helm = annotations.get(HELM_RELEASE)
    managers = [one.manager or "" for one in metadata.managed_fields or ()]
    ours = any(manager.startswith("pulumi-kubernetes") for manager in managers)
    owner = f"helm:{helm}" if helm else "pulumi" if ours else ""
    return GatewayCrds(
        version=version,
        owner=owner,
        channel=annotations.get("gateway.networking.k8s.io/channel", ""),
        served=served,
    )


def _meshes(apps: Any) -> Sequence[Any]:
    """The Deployments of every Linkerd's identity controller, in any namespace."""
    # A list, because one that finds nothing is no error.
    found: Sequence[Any] = apps.list_deployment_for_all_namespaces(
        field_selector="metadata.name=linkerd-identity", _request_timeout=SECONDS_TO_ANSWER
    ).items
    return found


def _identity(meshes: Sequence[Any]) -> Any:
    """The specification of our identity controller's Deployment, ``None`` without one."""
    return next((one.spec for one in meshes if one.metadata.namespace == MESH), None)


def _other_meshes(meshes: Sequence[Any]) -> Iterator[str]:
    for one in meshes:
        if one.metadata.namespace != MESH or not _is_released(
            one.metadata, "linkerd-control-plane"
        ):
            annotations = one.spec.template.metadata.annotations or {}
            maker = annotations.get("linkerd.io/created-by", "an unknown tool")
            yield f'the Linkerd in the namespace "{one.metadata.namespace}", made by {maker},'


def _other_crds(extensions: Any) -> Iterator[str]:
    found = extensions.list_custom_resource_definition(
        field_selector="metadata.name=serviceprofiles.linkerd.io",
        _request_timeout=SECONDS_TO_ANSWER,
    )
    for one in found.items:
        if not _is_released(one.metadata, "linkerd-crds"):
            yield "Linkerd's CRDs"


def _is_released(metadata: Any, release: str) -> bool:
    """Whether the object is of that Helm release in the mesh's namespace."""
    annotations = metadata.annotations or {}
    found = annotations.get(HELM_RELEASE), annotations.get("meta.helm.sh/release-namespace")
    return found == (release, MESH)


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).rsplit(": ", 1)[-1]
