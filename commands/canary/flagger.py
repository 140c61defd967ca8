"""Flagger's progress with an automated canary, from the Canary's status."""

from __future__ import annotations

from typing import Any

from commands.canary.verdict import Outcome, Verdict
from commands.deploy.errors import DeployError
from components.cluster.connection import SECONDS_TO_ANSWER, Unreachable, connected
from components.config.stack.settings import Cluster

GROUP, VERSION, PLURAL = "flagger.app", "v1beta1", "canaries"


def verdict(cluster: Cluster, namespace: str, service: str) -> Verdict:
    """Flagger's verdict. Raises :class:`DeployError` if the cluster cannot be reached."""
    try:
        with connected(cluster) as api:
            return of_status(_status(api, namespace, service))
    except Unreachable as error:
        raise DeployError(f"Flagger's status cannot be read: {error}") from None


def _status(api: Any, namespace: str, service: str) -> dict[str, Any] | None:
    from kubernetes import client

    found = client.CustomObjectsApi(api)
    try:
        canary = found.get_namespaced_custom_object(
            GROUP, VERSION, namespace, PLURAL, service, _request_timeout=SECONDS_TO_ANSWER
        )
    except client.ApiException as error:
        if error.status == 404:
            return None
        raise
    return dict(canary.get("status") or {})


def of_status(status: dict[str, Any] | None) -> Verdict:
    """The verdict from a Canary's status; ``None`` means that there is no Canary.

    Source of the phases: https://docs.flagger.app/usage/how-it-works#canary-status
    """
    if status is None:
        return Verdict(outcome=Outcome.HOLD, text="hold: Flagger has no Canary; run `make up`")
    phase = str(status.get("phase") or "")
    if not phase:
        return Verdict(outcome=Outcome.HOLD, text="hold: Flagger has not looked at the Canary yet")
    text = f"Flagger: {phase}, weight {status.get('canaryWeight', 0)} %"
    failed = status.get("failedChecks", 0)
    text += f", {failed} failed checks" if failed else ""
    if phase == "Failed":
        return Verdict(outcome=Outcome.FAILING, text=text)
    return Verdict(outcome=Outcome.READY, text=text)
