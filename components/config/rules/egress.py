"""Rules about limits on egress."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.rules.context import StackContext
from components.findings import Finding
from components.linkerd.releases import Feature, first_with


def release_can_limit_egress(stack: StackContext) -> Iterator[Finding]:
    """Limits on egress are EgressNetworks, which the release must know."""
    linkerd, needed = stack.settings.linkerd, Feature.EGRESS_NETWORK
    if linkerd.egress != "open" and needed not in linkerd.chosen.features:
        yield Finding(
            path="linkerd.egress",
            found=f'release "{linkerd.release}", which lacks {needed.value}',
            allowed=f'"{first_with(needed).name}" or later',
            fix="Choose a later release, or delete this key.",
        )


def endpoints_have_ports(stack: StackContext) -> Iterator[Finding]:
    """Limits on egress let a port of an endpoint out, so they must know it."""
    limited = stack.settings.linkerd.egress != "open"
    for name, endpoint in stack.settings.endpoints.items():
        if limited and endpoint.port is None:
            yield Finding(
                path=f"endpoints.{name}.port",
                found="nothing, with `egress: limited`",
                allowed="the port in the endpoint's URL",
                fix="Add it: without it the egress to the endpoint would be refused.",
            )
