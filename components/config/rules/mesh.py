"""Rules about the mesh's settings among themselves."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.findings import Finding
from components.linkerd import namespaces
from components.linkerd.releases import RELEASES, Feature
from components.linkerd.shared.namespaces import SYSTEM

_OF_THE_MESH = frozenset({*namespaces.INSTALLED, *SYSTEM})


def collector_goes_with_tracing(stack: StackContext) -> Iterator[Finding]:
    """A collector is there where the proxies send spans to one by themselves, and only there."""
    linkerd = stack.settings.linkerd
    used = linkerd.tracing == "external" and Feature.NATIVE_TRACING in linkerd.chosen.features
    if used and linkerd.collector is None:
        yield Finding(
            path="linkerd.collector",
            found=f'nothing, with `tracing: external` and release "{linkerd.release}"',
            allowed="`endpoint`, `serviceAccount` and `namespace` of a collector in the mesh",
            fix="Add it: this release's proxies send their spans there by themselves.",
        )
    if linkerd.collector is not None and not used:
        yield Finding(
            path="linkerd.collector",
            found=f'a collector, with `tracing: {linkerd.tracing}` and release "{linkerd.release}"',
            allowed="a collector with `tracing: external` and a release that traces by itself",
            fix="Delete it, or set `linkerd.tracing: external`.",
        )


_OF_KUBERNETES = "kube-"
"""What the names of Kubernetes' own namespaces start with.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""


def namespace_is_of_its_own(stack: StackContext) -> Iterator[Finding]:
    """The services' namespace is neither Kubernetes' nor one of the mesh."""
    name = stack.settings.namespace
    if name == "default" or name.startswith(_OF_KUBERNETES) or name in _OF_THE_MESH:
        yield Finding(
            path="namespace",
            found=f'"{name}", which is not one for services',
            allowed="a namespace of its own: neither default nor kube-..., nor one of the mesh",
            fix="Choose another name.",
        )


def links_need_viz(stack: StackContext) -> Iterator[Finding]:
    """The URLs are values of the viz chart."""
    linkerd = stack.settings.linkerd
    links = {
        "prometheusUrl": linkerd.prometheus_url,
        "grafanaUrl": linkerd.grafana_url,
        "jaegerUrl": linkerd.jaeger_url,
    }
    for key, value in links.items():
        if value is not None and linkerd.viz != "install":
            yield Finding(
                path=f"linkerd.{key}",
                found=f"a value, with `viz: {linkerd.viz}`",
                allowed="a value with `viz: install`",
                fix="Delete it, or let the viz extension be installed here.",
            )


def charts_come_from_one_place(stack: StackContext) -> Iterator[Finding]:
    """Charts come from a directory or a repository. Some releases have no repository."""
    linkerd = stack.settings.linkerd
    if linkerd.charts.directory and linkerd.charts.repository:
        yield Finding(
            path="linkerd.charts",
            found="both `directory` and `repository`",
            allowed="one of them, or neither",
            fix="Delete one.",
        )
    if linkerd.chosen.local_only and not linkerd.charts.directory:
        yield Finding(
            path="linkerd.release",
            found=f'"{linkerd.release}", which no repository of ours has',
            allowed=one_of(f'"{n}"' for n, r in RELEASES.items() if not r.local_only),
            fix="Choose one of those, or set `linkerd.charts.directory`.",
        )
    if linkerd.charts.gateway_api_directory and linkerd.gateway_api != "install":
        yield Finding(
            path="linkerd.charts.gatewayApiDirectory",
            found=f"a directory, with `gatewayApi: {linkerd.gateway_api}`",
            allowed="a directory with `gatewayApi: install`",
            fix="Delete it, or set `linkerd.gatewayApi: install`.",
        )


def scraper_is_let_in(stack: StackContext) -> Iterator[Finding]:
    """Where something refuses clients by default, the Prometheus that scrapes is named."""
    settings, linkerd = stack.settings, stack.settings.linkerd
    if linkerd.prometheus_url is None or linkerd.scraper is not None:
        return
    policy = linkerd.default_inbound_policy
    if policy != "audit" or settings.network_policies:
        refusing = (
            "networkPolicies: true" if policy == "audit" else f"defaultInboundPolicy: {policy}"
        )
        yield Finding(
            path="linkerd.scraper",
            found=f"nothing, with `prometheusUrl` and `{refusing}`",
            allowed="`serviceAccount` and `namespace` of the Prometheus that scrapes the proxies",
            fix="Add it. Without it, Prometheus can read no metrics any more.",
        )


def scraped_ports_have_a_scraper(stack: StackContext) -> Iterator[str]:
    """A warning: nobody reads the metrics that a service offers."""
    if stack.settings.linkerd.scraper is not None:
        return
    for name, service in stack.catalogue.services.items():
        for label, port in service.ports.items():
            if port.scraped:
                yield (
                    f"linkerd.scraper: nothing, so no Prometheus may read services.{name}.ports."
                    f"{label}, which is `scraped`. Viz's own reads the proxies' metrics only."
                )


def audit_refuses_nobody(stack: StackContext) -> Iterator[str]:
    """A warning: an audit is no protection."""
    if stack.settings.linkerd.default_inbound_policy == "audit":
        yield (
            "linkerd.defaultInboundPolicy: audit refuses nobody, and the policy pack refuses it "
            "without an exemption: see docs/zero-trust.md, and go on to all-authenticated."
        )
