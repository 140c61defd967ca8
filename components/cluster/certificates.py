"""The deployed mesh's certificates against the wanted ones, before anything is changed."""

from __future__ import annotations

import hashlib
from typing import Any

from components.cluster import rotation
from components.cluster.connection import (
    SECONDS_TO_ANSWER,
    Unreachable,
    connected,
    unreachable,
)
from components.cluster.facts import Facts
from components.config.problems import ConfigurationError
from components.config.stack.identity import IdentitySettings
from components.config.stack.settings import Cluster
from components.linkerd import namespaces

NAMESPACE = namespaces.CONTROL_PLANE
BUNDLE, BUNDLE_KEY = "linkerd-identity-trust-roots", "ca-bundle.crt"
# The injector's label and annotation: pkg/k8s/labels.go of Linkerd.
MESHED = f"linkerd.io/control-plane-ns={NAMESPACE}"
BUNDLE_HASH = "linkerd.io/trust-root-sha256"
_PAGE = 500


def check(identity: IdentitySettings, cluster: Cluster, facts: Facts | None, *, file: str) -> None:
    """Refuse a run that would cut proxies off. Raises :class:`ConfigurationError`.

    ``facts`` are ``None`` where the cluster is not to be asked; ``file`` is the stack's config
    file, for messages. With ``rotation: at-once`` every change is allowed.
    """
    deployed = rotation.read(facts.identity) if facts else None
    if deployed is None or identity.rotation == "at-once":
        return
    new = rotation.wanted(identity)
    problem = rotation.jump(file, identity, deployed, new)
    if problem is None and deployed.issuing_anchor != new.issuing_anchor:
        try:
            problem = rotation.unready(file, new, outdated_pods(cluster))
        except Unreachable as error:
            problem = unreachable(file, cluster, error)
    if problem is not None:
        raise ConfigurationError([problem])


def outdated_pods(cluster: Cluster) -> list[str]:
    """The pods (``namespace/name``) whose proxies know another trust bundle than the deployed one.

    The control plane's own are left out: Helm restarts them with the bundle. Raises
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
