"""Everything that protects the services' namespace."""

from __future__ import annotations

from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.plan import network, wiring
from components.resources.objects import Context
from components.resources.options import NamespaceOptions
from components.security.admission import AdmissionGates, AdmissionGatesArgs
from components.security.egress import Egress, EgressArgs
from components.security.network_policies import NetworkPolicies, NetworkPoliciesArgs
from components.security.service_access import ServiceAccess
from components.security.zero_trust import zero_trust


def secure_namespace(
    catalogue: Catalogue, settings: Settings, context: Context, options: NamespaceOptions
) -> dict[str, ServiceAccess]:
    """Declare what the settings ask for. Returns the authorization of each workload by its name.

    A workload depends on its authorization, so that its ports are closed before its pods start.
    """
    name = settings.namespace
    if settings.admission.mode != "off":
        gates = AdmissionGatesArgs(namespace=name, admission=settings.admission)
        AdmissionGates(name, gates, options.deleted_first())
    authorizations = zero_trust(catalogue, settings, context, options.deleted_with_namespace)
    if settings.network_policies:
        policies = network.network_policies(catalogue, settings)
        args = NetworkPoliciesArgs(context=context, policies=policies)
        NetworkPolicies(name, args, options.deleted_with_namespace())
    if settings.linkerd.egress == "limited":
        _limit_egress(catalogue, settings, context, options)
    return authorizations


def _limit_egress(
    catalogue: Catalogue, settings: Settings, context: Context, options: NamespaceOptions
) -> None:
    args = EgressArgs(
        context=context,
        externals=wiring.used_externals(catalogue),
        ports=wiring.egress_ports(catalogue, settings),
        http_route_api=settings.linkerd.chosen.http_route_api,
    )
    Egress(settings.namespace, args, options.deleted_with_namespace())
