"""The viz extension: metrics, tap and the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.tracing import jaeger_url
from components.settings import Linkerd

NAME = "linkerd-viz"


@dataclass(frozen=True, slots=True, kw_only=True)
class VizArgs:
    """The mesh's settings."""

    linkerd: Linkerd


class Viz(pulumi.ComponentResource):
    """Installs the chart ``linkerd-viz``."""

    def __init__(
        self, name: str, args: VizArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the extension's pods are."""
        super().__init__("platform:mesh:Viz", name, None, opts)
        namespace = extension_namespace(NAME, "viz", parent=self)
        helm_release(
            NAME,
            Chart.of(args.linkerd.chosen, NAME, args.linkerd.charts),
            namespace=NAME,
            values=_values(args.linkerd),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        self.register_outputs({})


def _values(linkerd: Linkerd) -> dict[str, Any]:
    return {"jaegerUrl": jaeger_url(linkerd)} if linkerd.tracing == "install" else {}
