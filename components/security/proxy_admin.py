"""The proxies' admin port, whose metrics only Prometheus may read."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.config.stack.gateway import MeshIdentity
from components.names import PROXY_ADMIN
from components.security.policy_objects import PolicyContext, PolicyObjects

NAME = PROXY_ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAdminArgs:
    """The Prometheus that scrapes, and how the objects are written."""

    scraper: MeshIdentity
    context: PolicyContext


class ProxyAdmin(pulumi.ComponentResource):
    """Lets one Prometheus read the admin port of every meshed pod of the namespace.

    Without it the inbound policy ``deny`` would stop the scrapes, and the other policies would let
    the whole mesh read the metrics. The Server has no route, so that the kubelet may still probe
    the proxy. Tap has its own port, on which the proxy recognizes the tap controller by its
    certificate. Source: https://linkerd.io/2-edge/reference/cli/viz/#allow-scrapes
    """

    def __init__(
        self, name: str, args: ProxyAdminArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the objects, all called ``proxy-admin``."""
        super().__init__("platform:security:ProxyAdmin", name, None, opts)
        write = PolicyObjects(NAME, args.context, self)
        authentication = write.mesh(NAME, [args.scraper])
        authorization = write.authorization(
            NAME, target=("Server", NAME), by="MeshTLSAuthentication", authentication=NAME
        )
        write.server(
            NAME,
            pods={
                "matchExpressions": [{"key": "linkerd.io/control-plane-ns", "operator": "Exists"}]
            },
            port="linkerd-admin",
            protocol="HTTP/1",
            depends_on=[authentication, authorization],
        )
        self.register_outputs({})
