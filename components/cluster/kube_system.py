"""Whether the cluster lets its namespace ``kube-system`` be labelled."""

from __future__ import annotations

from components.cluster.connection import SECONDS_TO_ANSWER, connected
from components.config.stack.settings import Cluster
from components.linkerd import namespaces
from components.linkerd.shared import words

EXEMPTION = {words.ADMISSION_WEBHOOKS: "disabled"}
_NO_RIGHT = "cannot patch resource"


def is_locked(cluster: Cluster) -> bool:
    """Whether a gate of the cluster refuses the label, as GKE Autopilot does; a dry run tells.

    A missing right of ours is no such gate: the run itself reports it. Raises
    :class:`Unreachable`.
    """
    with connected(cluster) as api:
        from kubernetes import client

        try:
            client.CoreV1Api(api).patch_namespace(
                namespaces.KUBE_SYSTEM,
                {"metadata": {"labels": EXEMPTION}},
                dry_run="All",
                _request_timeout=SECONDS_TO_ANSWER,
            )
        except client.ApiException as error:
            return error.status in (400, 403, 422) and _NO_RIGHT not in str(error.body)
        return False
