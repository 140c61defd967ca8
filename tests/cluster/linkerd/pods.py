"""The pods that the platform's Deployments and StatefulSets make."""

from __future__ import annotations

from typing import Any

from tests.cluster.linkerd.api import Manifest
from tests.cluster.linkerd.process import container

PROXY = "linkerd-proxy"


def bare(namespace: str) -> Manifest:
    """A pod with nothing but a container."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bare", "namespace": namespace},
        "spec": {"containers": [{"name": "main", "image": "main"}]},
    }


def of_workload(workload: Manifest) -> Manifest:
    """One more pod as the controller of a Deployment, StatefulSet or CronJob's Job creates it."""
    metadata, spec = workload["metadata"], workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template = spec["template"]
    claims = [_claim(metadata["name"], claim) for claim in spec.get("volumeClaimTemplates", ())]
    volumes = [*template["spec"].get("volumes", ()), *claims]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            **template["metadata"],
            "name": f"{metadata['name']}-probe",
            "namespace": metadata["namespace"],
        },
        "spec": {**template["spec"], "volumes": volumes},
    }


def _claim(workload: str, claim: Manifest) -> Manifest:
    name = claim["metadata"]["name"]
    return {"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{workload}-probe"}}


def names(pod: Manifest, kind: str) -> list[str]:
    """The names of the pod's ``containers`` or ``initContainers``."""
    return [each["name"] for each in pod["spec"].get(kind, ())]


def environment(pod: Manifest) -> dict[str, Any]:
    """The variables of the injected proxy that have a plain value."""
    variables = container(pod, PROXY)["env"]
    return {each["name"]: each["value"] for each in variables if "value" in each}
