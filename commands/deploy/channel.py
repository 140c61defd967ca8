"""The Gateway API's channel, where the run may not ask the cluster which one it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.deploy import refusals
from commands.deploy.engine import Engine
from commands.deploy.stack import Stack
from components.config.loading import PROJECT
from components.config.problems import one_of
from components.config.stack.settings import Linkerd
from components.findings import Finding
from components.linkerd.releases import ROUTES_OF_LIMITS

CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


def refuse_narrowing(engine: Engine) -> None:
    """Raise :class:`DeployError` for a run that would delete the experimental channel's CRDs.

    A run that asks the cluster keeps them. Without `cluster.check` the program knows neither the
    cluster's channel nor the state's, so it would install the standard one, and the API server
    would delete every object of the other kinds, of whomever they are.
    """
    if engine.stack.cluster().check or not _wants_standard(engine.stack):
        return
    names = {f"{kind.lower()}s.gateway.networking.k8s.io": kind for kind in ROUTES_OF_LIMITS}
    found = {_name(one) for one in engine.state().get("resources") or [] if one["type"] == CRD}
    lost = [kind for name, kind in names.items() if name in found]
    if lost:
        lossy = Finding(
            path="linkerd.egress",
            found='"open" with `cluster.check: false`, and the stack has the CRDs of '
            f"{one_of(lost)}, which would be deleted with every object of these kinds",
            allowed='"limited" without the check',
            fix="Set `cluster.check: true`: a run that may ask the cluster keeps the CRDs and "
            "opens egress.",
        )
        raise refusals.findings_in(engine.stack.file, [lossy])


def _wants_standard(stack: Stack) -> bool:
    """Whether the stack installs the CRDs itself, and does not need the experimental ones."""
    config = stack.document.get("config")
    written = config.get(f"{PROJECT}:linkerd") if isinstance(config, Mapping) else None
    linkerd = written if isinstance(written, Mapping) else {}
    egress = linkerd.get("egress", Linkerd.model_fields["egress"].default)
    crds = linkerd.get("gatewayApi", Linkerd.model_fields["gateway_api"].default)
    charts = linkerd.get("charts")
    own = isinstance(charts, Mapping) and charts.get("gatewayApiDirectory") is not None
    return egress == "open" and crds == "install" and not own


def _name(resource: Mapping[str, Any]) -> str:
    return str(((resource.get("inputs") or {}).get("metadata") or {}).get("name", ""))
