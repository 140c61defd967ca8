"""Serves the policy pack: ``pulumi up --policy-pack policy``."""

from pulumi_policy import EnforcementLevel, PolicyPack

from linkerd_policies.pack import PACK_NAME, build_policies
from linkerd_policies.server import install
from linkerd_policies.table import RULES

install(RULES)
PolicyPack(
    name=PACK_NAME,
    policies=build_policies(RULES),
    enforcement_level=EnforcementLevel.MANDATORY,
)
