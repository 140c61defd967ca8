"""Serves the policy pack: ``pulumi up --policy-pack policy``."""

import sys

from pulumi_policy import EnforcementLevel, PolicyPack

from linkerd_policies.framework.analyzer import install
from linkerd_policies.framework.lifetime import end_with_engine
from linkerd_policies.framework.pack import PACK_NAME, build_policies
from linkerd_policies.table import RULES

end_with_engine(sys.argv[1:])
install(RULES)
PolicyPack(
    name=PACK_NAME,
    policies=build_policies(RULES),
    enforcement_level=EnforcementLevel.MANDATORY,
)
