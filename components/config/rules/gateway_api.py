"""Rules about what needs the Gateway API's CRDs."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.findings import Finding
from components.linkerd.releases import Feature, first_with


def control_plane_has_its_crds(stack: StackContext) -> Iterator[Finding]:
    """Some releases do not become ready without the CRDs."""
    linkerd = stack.settings.linkerd
    if linkerd.chosen.gateway_api.demands:
        yield from _needs_crds(
            stack,
            f'release "{linkerd.release}"',
            "Change it: this release's control plane does not become ready without the CRDs.",
        )


def routes_have_their_crds(stack: StackContext) -> Iterator[Finding]:
    """A service in the style ``route`` has HTTPRoutes of the Gateway API, with most releases."""
    routed = [n for n, s in stack.catalogue.services.items() if s.is_http and s.style == "route"]
    if routed and stack.settings.linkerd.chosen.uses_gateway_api:
        yield from _needs_crds(
            stack,
            f"{one_of(routed)} in the style `route`",
            "Change it: HTTPRoutes need the Gateway API's CRDs.",
        )


def gateway_has_its_crds(stack: StackContext) -> Iterator[Finding]:
    """A Gateway needs the CRDs, and a release with CRDs that have one."""
    linkerd = stack.settings.linkerd
    if stack.settings.gateway.kind != "gatewayApi":
        return
    yield from _needs_crds(
        stack,
        "`gateway.kind: gatewayApi`",
        "Change it, or set `gateway.kind: ingress`: a Gateway needs the CRDs.",
    )
    if not linkerd.chosen.uses_gateway_api:
        yield Finding(
            path="gateway.kind",
            found=f'"gatewayApi", with release "{linkerd.release}", whose CRDs have no Gateway',
            allowed=f'"loadBalancer" or "ingress" before release '
            f'"{first_with(Feature.GATEWAY_HTTP_ROUTE).name}"',
            fix="Change it, or choose a later release.",
        )


def egress_limits_have_their_crds(stack: StackContext) -> Iterator[Finding]:
    """The limits on egress are routes of the Gateway API."""
    if stack.settings.linkerd.egress != "open":
        yield from _needs_crds(
            stack,
            "`egress: limited`",
            "Change it: the limits are TLSRoutes and TCPRoutes of the Gateway API.",
        )


def _needs_crds(stack: StackContext, user: str, fix: str) -> Iterator[Finding]:
    if stack.settings.linkerd.gateway_api == "off":
        yield Finding(
            path="linkerd.gatewayApi",
            found=f'"off", with {user}',
            allowed='"install" or "external"',
            fix=fix,
        )
