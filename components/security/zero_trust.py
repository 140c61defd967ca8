"""Who may call whom, for everything in the services' namespace."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pulumi

from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.linkerd.inbound_policy import access_policy
from components.linkerd.releases import Feature
from components.plan import access
from components.security.policy_objects import PolicyContext
from components.security.proxy_admin import ProxyAdmin, ProxyAdminArgs
from components.security.service_access import ServiceAccess, ServiceAccessArgs

# The gateway's objects were of a component of their own once; they are the same objects still.
_FORMER_TYPE = "platform:security:GatewayAccess"


def zero_trust(
    catalogue: Catalogue, settings: Settings, options: Callable[[], pulumi.ResourceOptions]
) -> dict[str, ServiceAccess]:
    """Open each port to its callers alone; what a workload has to wait for, by its name.

    ``options`` are those of each component.
    """
    context = _context(settings)
    if (scraper := access.scraper(settings.linkerd)) is not None:
        ProxyAdmin(settings.namespace, ProxyAdminArgs(scraper=scraper, context=context), options())
    made: dict[str, ServiceAccess] = {}
    for name, doors in groupby(access.doors(catalogue, settings), key=lambda door: door.owner):
        is_gateway, own = name == catalogue.gateway, options()
        if is_gateway:
            own.aliases = [pulumi.Alias(type_=_FORMER_TYPE)]
        args = ServiceAccessArgs(
            doors=list(doors),
            context=context,
            open_to=settings.gateway.open_to if is_gateway else (),
        )
        made[name] = ServiceAccess(name, args, own)
    return made


def _context(settings: Settings) -> PolicyContext:
    linkerd, release = settings.linkerd, settings.linkerd.chosen
    return PolicyContext(
        namespace=settings.namespace,
        server_api=release.server_api,
        route_api=release.http_route_api,
        access_policy=access_policy(
            linkerd.default_inbound_policy, known=Feature.AUDIT in release.features
        ),
    )
