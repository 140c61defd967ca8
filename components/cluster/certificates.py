"""Compares the deployed mesh's certificates with the wanted ones, before anything is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from components.cluster import rotation
from components.cluster.connection import SECONDS_TO_ANSWER, connected
from components.cluster.facts import ClusterContext
from components.config.stack.settings import Cluster
from components.findings import Finding
from components.linkerd import namespaces

NAMESPACE = namespaces.CONTROL_PLANE
BUNDLE, BUNDLE_KEY = "linkerd-identity-trust-roots", "ca-bundle.crt"
# The injector's label and annotation: pkg/k8s/labels.go of Linkerd.
MESHED = f"linkerd.io/control-plane-ns={NAMESPACE}"
BUNDLE_HASH = "linkerd.io/trust-root-sha256"
_PAGE = 500


def proxies_keep_their_trust(context: ClusterContext) -> Iterator[Finding]:
    """No run cuts proxies off, unless `rotation: at-once` allows it.

    Raises :class:`Unreachable`.
    """
    identity = context.linkerd.identity
    deployed = rotation.read(context.facts.identity)
    if deployed is None or identity.rotation == "at-once":
        return
    wanted = rotation.wanted(identity)
    if rotation.is_jump(deployed, wanted):
        yield rotation.jump(identity, deployed, wanted)
    elif deployed.issuing_anchor != wanted.issuing_anchor:
        pods = outdated_pods(context.settings.cluster)
        if pods:
            yield rotation.not_ready(wanted, pods)


def outdated_pods(cluster: Cluster) -> list[str]:
    """The pods (``namespace/name``) whose proxies have another trust bundle than the deployed one.

    The control plane's own pods are left out: Helm restarts them with the bundle. Raises
    :class:`Unreachable`.
    """
    with connected(cluster) as api:
        from kubernetes import client

        core = client.CoreV1Api(api)
        roots = core.read_namespaced_config_map(
            BUNDLE, NAMESPACE, _request_timeout=SECONDS_TO_ANSWER
        )
        current = hashlib.sha256(roots.data[BUNDLE_KEY].encode()).hexdigest()
        return _with_other_bundle(core, current)


def _with_other_bundle(core: Any, current: str) -> list[str]:
    outdated: list[str] = []
    rest: str | None = None
    while rest != "":
        page = core.list_pod_for_all_namespaces(
            label_selector=MESHED,
            field_selector=f"metadata.namespace!={NAMESPACE},status.phase=Running",
            limit=_PAGE,
            _continue=rest,
            _request_timeout=SECONDS_TO_ANSWER,
        )
        rest = page.metadata._continue or ""
        outdated += [
            f"{pod.metadata.namespace}/{pod.metadata.name}"
            for pod in page.items
            if pod.metadata.deletion_timestamp is None
            and (pod.metadata.annotations or {}).get(BUNDLE_HASH, current) != current
        ]
    return outdated
