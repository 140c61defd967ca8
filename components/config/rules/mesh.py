"""What the mesh's settings must satisfy together, besides the types of their values."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.problems import Problem
from components.config.stack.settings import Linkerd
from components.linkerd.releases import Feature


def check(file: str, linkerd: Linkerd) -> Iterator[Problem]:
    """Each setting has what it needs, and none is set in vain; ``file`` is the stack's config."""
    yield from _collector(file, linkerd)
    yield from _links(file, linkerd)
    yield from _gateway_api(file, linkerd)
    if linkerd.flagger != "off" and linkerd.viz == "off":
        yield Problem(
            file=file,
            path="linkerd.flagger",
            found=f'"{linkerd.flagger}", with `viz: off`',
            allowed='"off", or a value with `viz` install or external',
            fix="Change one: Flagger reads viz's Prometheus.",
        )


def _collector(file: str, linkerd: Linkerd) -> Iterator[Problem]:
    takes = linkerd.tracing == "external" and Feature.NATIVE_TRACING in linkerd.chosen.features
    if takes and linkerd.collector is None:
        yield Problem(
            file=file,
            path="linkerd.collector",
            found='nothing, with `tracing: external` and release "' + linkerd.release + '"',
            allowed="`endpoint`, `serviceAccount` and `namespace` of a collector in the mesh",
            fix="Add it: this release's proxies send their spans there by themselves.",
        )
    if linkerd.collector is not None and not takes:
        yield Problem(
            file=file,
            path="linkerd.collector",
            found=f'a collector, with `tracing: {linkerd.tracing}` and release "{linkerd.release}"',
            allowed="a collector with `tracing: external` and a release that traces by itself",
            fix="Delete it, or set `linkerd.tracing: external`.",
        )


def _links(file: str, linkerd: Linkerd) -> Iterator[Problem]:
    links = {
        "prometheusUrl": linkerd.prometheus_url,
        "grafanaUrl": linkerd.grafana_url,
        "jaegerUrl": linkerd.jaeger_url,
    }
    for key, value in links.items():
        if value is not None and linkerd.viz != "install":
            yield Problem(
                file=file,
                path=f"linkerd.{key}",
                found=f"a value, with `viz: {linkerd.viz}`",
                allowed="a value with `viz: install`",
                fix="Delete it, or let the viz extension be installed here.",
            )


def _gateway_api(file: str, linkerd: Linkerd) -> Iterator[Problem]:
    if linkerd.gateway_api == "off" and linkerd.chosen.gateway_api.demands:
        yield Problem(
            file=file,
            path="linkerd.gatewayApi",
            found=f'"off", with release "{linkerd.release}"',
            allowed='"install" or "external"',
            fix="Change it: this release's control plane does not become ready without the CRDs.",
        )
    if linkerd.charts.gateway_api_directory and linkerd.gateway_api != "install":
        yield Problem(
            file=file,
            path="linkerd.charts.gatewayApiDirectory",
            found=f"a directory, with `gatewayApi: {linkerd.gateway_api}`",
            allowed="a directory with `gatewayApi: install`",
            fix="Delete it, or set `linkerd.gatewayApi: install`.",
        )
