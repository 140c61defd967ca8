"""Whether the cluster lets the CRDs in that limits on egress need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from components.cluster.connection import SECONDS_TO_ANSWER, connected
from components.cluster.facts import ClusterContext
from components.config.stack.settings import Cluster
from components.findings import Finding
from components.linkerd.releases import ROUTES_OF_LIMITS, spelled

EXPERIMENTAL = "experimental"
_GROUP = "gateway.networking.k8s.io"
_BY_A_GATE = ("ValidatingAdmissionPolicy", "admission webhook")


def cluster_takes_the_experimental_crds(context: ClusterContext) -> Iterator[Finding]:
    """No gate of the cluster keeps the Gateway API's experimental channel out, as managed ones do.

    Upstream's own gate does, too, over the standard channel.
    """
    linkerd, crds = context.linkerd, context.facts.gateway_api
    version = linkerd.chosen.gateway_api.install
    is_there = crds is not None and crds.channel == EXPERIMENTAL
    if linkerd.egress == "open" or linkerd.gateway_api != "install" or version is None or is_there:
        return
    reason = refusal(context.settings.cluster, spelled(version))
    if reason is not None:
        yield Finding(
            path="linkerd.egress",
            found='"limited", and the cluster refuses the CRDs of the Gateway API\'s experimental '
            f"channel: {reason}",
            allowed='"open" on this cluster',
            fix="Set it to open, or have that gate allow the CRDs: Linkerd reads the limits from "
            "TLSRoutes and TCPRoutes.",
        )


def refusal(cluster: Cluster, version: str) -> str | None:
    """Why a gate refuses a CRD of that version and channel; a dry run tells. ``None``: it does not.

    A missing right of ours is no gate: the run itself reports it. Raises :class:`Unreachable`.
    """
    with connected(cluster) as api:
        from kubernetes import client

        try:
            client.ApiextensionsV1Api(api).create_custom_resource_definition(
                _crd(version), dry_run="All", _request_timeout=SECONDS_TO_ANSWER
            )
        except client.ApiException as error:
            message = _message(error.body)
            return message if any(word in message for word in _BY_A_GATE) else None
        return None


def _crd(version: str) -> dict[str, Any]:
    kind = "TCPRoute"
    schema = {"openAPIV3Schema": {"type": "object"}}
    served = {"name": ROUTES_OF_LIMITS[kind], "served": True, "storage": True, "schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"tcproutes.{_GROUP}",
            "annotations": {
                "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api",
                f"{_GROUP}/bundle-version": f"v{version}",
                f"{_GROUP}/channel": EXPERIMENTAL,
            },
        },
        "spec": {
            "group": _GROUP,
            "names": {"kind": kind, "plural": "tcproutes"},
            "scope": "Namespaced",
            "versions": [served],
        },
    }


def _message(body: Any) -> str:
    try:
        answer = json.loads(body)
    except (TypeError, ValueError):
        return str(body)
    return str(answer.get("message", "")) if isinstance(answer, dict) else str(answer)
