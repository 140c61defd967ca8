"""The authorization of every port in the services' namespace."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pulumi

from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.linkerd.inbound_policy import access_policy
from components.linkerd.releases import Feature
from components.plan import access
from components.resources.objects import Context
from components.security.acme_solver import NAME as ACME_SOLVER
from components.security.acme_solver import AcmeSolver, AcmeSolverArgs
from components.security.policy_objects import PolicyContext
from components.security.proxy_admin import ProxyAdmin, ProxyAdminArgs
from components.security.service_access import ServiceAccess, ServiceAccessArgs

# The gateway's component once had this type. The alias keeps its objects in the state.
_FORMER_TYPE = "platform:security:GatewayAccess"


def zero_trust(
    catalogue: Catalogue,
    settings: Settings,
    namespace: Context,
    options: Callable[[], pulumi.ResourceOptions],
) -> dict[str, ServiceAccess]:
    """Authorize the callers of each port. Returns what each workload has to wait for, by its name.

    ``options`` gives the resource options of each component.
    """
    context = _context(settings, namespace)
    if (scraper := access.scraper(settings.linkerd)) is not None:
        ProxyAdmin(settings.namespace, ProxyAdminArgs(scraper=scraper, context=context), options())
    if access.solves_challenges(settings):
        solver = AcmeSolverArgs(gateway=settings.gateway, context=context)
        AcmeSolver(ACME_SOLVER, solver, options())
    made: dict[str, ServiceAccess] = {}
    inbound = access.inbound_rules(catalogue, settings)
    for name, rules in groupby(inbound, key=lambda rule: rule.owner):
        is_gateway, own = name == catalogue.gateway, options()
        if is_gateway:
            own.aliases = [pulumi.Alias(type_=_FORMER_TYPE)]
        args = ServiceAccessArgs(
            rules=list(rules),
            context=context,
            open_to=settings.gateway.open_to if is_gateway else (),
        )
        made[name] = ServiceAccess(name, args, own)
    return made


def _context(settings: Settings, namespace: Context) -> PolicyContext:
    linkerd, release = settings.linkerd, settings.linkerd.chosen
    return PolicyContext(
        context=namespace,
        server_api=release.server_api,
        route_api=release.http_route_api,
        access_policy=access_policy(
            linkerd.default_inbound_policy, known=Feature.AUDIT in release.features
        ),
    )
