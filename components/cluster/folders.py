"""Checks that the folders of charts and CRDs hold what the run takes from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from components.cluster.facts import ClusterContext
from components.config.problems import one_of
from components.config.stack.settings import Linkerd
from components.findings import Finding
from components.linkerd import namespaces, releases


def charts_are_there(context: ClusterContext) -> Iterator[Finding]:
    """The folder of charts has every chart that is installed."""
    linkerd = context.linkerd
    directory = linkerd.charts.directory
    if directory is None:
        return
    missing = [n for n in _charts(linkerd) if not holds(Path(directory, n), "Chart.yaml")]
    if missing:
        yield Finding(
            path="linkerd.charts.directory",
            found=f'"{directory}", which has no chart {one_of(missing)}',
            allowed="a folder with one subfolder for each chart, absolute or from the project's",
            fix="Correct the path, or put the charts there.",
        )


def crds_are_there(context: ClusterContext) -> Iterator[Finding]:
    """The folder of the Gateway API's CRDs has some: without any, those in use would be deleted."""
    linkerd = context.linkerd
    directory = linkerd.charts.gateway_api_directory
    used = linkerd.gateway_api == "install" and linkerd.chosen.gateway_api.install is not None
    if used and directory is not None and not holds(Path(directory), "*.yaml"):
        yield Finding(
            path="linkerd.charts.gatewayApiDirectory",
            found=f'"{directory}", which has no file *.yaml',
            allowed="a folder with the Gateway API's CRDs as *.yaml files",
            fix="Correct the path, or put the files there. An empty folder would delete the CRDs, "
            "and all routes with them.",
        )


def holds(folder: Path, pattern: str) -> bool:
    """Whether the folder has such a file."""
    return any(folder.glob(pattern))


def _charts(linkerd: Linkerd) -> Iterator[str]:
    """The charts that are installed."""
    yield from ("linkerd-crds", "linkerd-control-plane")
    if linkerd.viz == "install":
        yield namespaces.VIZ
    if linkerd.tracing == "install":
        extension = linkerd.chosen.has_jaeger_extension
        yield namespaces.JAEGER_EXTENSION if extension else releases.JAEGER.name
    if linkerd.smi == "install":
        yield releases.SMI.name
    if linkerd.flagger == "install":
        yield releases.FLAGGER.name
