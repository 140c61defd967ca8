"""Serves the policy pack: ``pulumi up --policy-pack policy``."""

from pulumi_policy import EnforcementLevel, PolicyPack

from linkerd_policies.lock import lock
from linkerd_policies.pack import PACK_NAME, build_policies
from linkerd_policies.table import RULES

lock(RULES)
PolicyPack(
    name=PACK_NAME,
    policies=build_policies(RULES),
    enforcement_level=EnforcementLevel.MANDATORY,
)
