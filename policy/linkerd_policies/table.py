"""The one table of all rules."""

from __future__ import annotations

from linkerd_policies.framework.model import Rule
from linkerd_policies.rules import clashes, exposure
from linkerd_policies.rules.canaries import splits
from linkerd_policies.rules.certificates import identity, private_keys
from linkerd_policies.rules.circuit_breakers import bounds
from linkerd_policies.rules.hygiene import install, namespaces, proxies
from linkerd_policies.rules.retry_limits import amplification
from linkerd_policies.rules.retry_limits import bounds as retries
from linkerd_policies.rules.strict_mtls import (
    authorizations,
    control_plane,
    inbound_policy,
    server_coverage,
)
from linkerd_policies.rules.unknown_names import annotations as annotation_names
from linkerd_policies.rules.unknown_names import fields, profiles
from linkerd_policies.rules.wiring import services
from linkerd_policies.rules.workloads import (
    accounts,
    availability,
    clear_secrets,
    images,
    pod_security,
    resources,
)

RULES: tuple[Rule, ...] = (
    *inbound_policy.RULES,
    *control_plane.RULES,
    *authorizations.RULES,
    *server_coverage.RULES,
    *retries.RULES,
    *amplification.RULES,
    *clashes.RULES,
    *splits.RULES,
    *bounds.RULES,
    *fields.RULES,
    *annotation_names.RULES,
    *profiles.RULES,
    *services.RULES,
    *exposure.RULES,
    *pod_security.RULES,
    *resources.RULES,
    *availability.RULES,
    *images.RULES,
    *accounts.RULES,
    *clear_secrets.RULES,
    *private_keys.RULES,
    *identity.RULES,
    *install.RULES,
    *namespaces.RULES,
    *proxies.RULES,
)
