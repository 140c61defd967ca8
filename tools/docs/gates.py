"""What the policy pack can be told, and what the admission gates make of it.

The table is in ``docs/zero-trust.md``. A test fails when a setting of a rule that has a gate is in
neither list, so that nobody allows in the pack what the cluster refuses without notice.
"""

from __future__ import annotations

from collections.abc import Mapping

from tools.docs import marks

GATES: Mapping[str, tuple[str, ...]] = {
    "linkerd-namespace-strict-mtls": ("namespace-strict-mtls",),
    "linkerd-workload-strict-mtls": (
        "pod-strict-mtls",
        "podtemplate-strict-mtls",
        "workload-strict-mtls",
        "cronjob-strict-mtls",
    ),
    "linkerd-authorization-strict-mtls": (
        "servers-strict-mtls",
        "serverauthorizations-strict-mtls",
        "authorizationpolicies-strict-mtls",
    ),
    "linkerd-service-profile-retry-budget": ("serviceprofiles-retry-limits",),
    "linkerd-retry-annotations-bounded": ("retry-annotations-limits",),
}
"""The gates that repeat a rule, by the rule's name."""

WITHOUT_GATE: Mapping[str, str] = {
    "linkerd-injected-workload-strict-mtls": "It compares a workload with its namespace, and a "
    "gate sees one object. The gate of the namespace makes sure that there is a policy.",
    "linkerd-control-plane-strict-mtls": "It reads the values of a chart, which are no object of "
    "the cluster.",
    "linkerd-retry-idempotent": "The conditions of a ServiceProfile contain others to any depth, "
    "which the language of the gates cannot follow.",
    "linkerd-gateway-limit": "It counts objects, and a gate sees one at a time.",
    "linkerd-unknown-fields": "The API server drops fields that a CRD does not have before a gate "
    "sees them.",
}
"""Locked rules that have no gate, each with the reason."""

ADMISSION_KEYS: Mapping[tuple[str, str], str] = {
    ("linkerd-service-profile-retry-budget", "maxRetryRatio"): "maxRetryRatio",
    ("linkerd-service-profile-retry-budget", "maxRetriesPerSecond"): "maxRetriesPerSecond",
    ("linkerd-retry-annotations-bounded", "maxLimit"): "maxRetries",
}
"""The key under ``admission`` that does for the gates what a rule's setting does for the pack."""

_ALL_STRICT = (
    "The gates accept all three strict policies. A shorter list is checked by the pack only."
)
_ONE_NAMESPACE = "The gates guard the services' namespace only, which is no system namespace."

KNOWN_GAPS: Mapping[tuple[str, str], str] = {
    ("linkerd-namespace-strict-mtls", "allowedPolicies"): _ALL_STRICT,
    ("linkerd-namespace-strict-mtls", "allowSkippedPorts"): "The gates refuse every namespace that "
    "skips ports.",
    ("linkerd-workload-strict-mtls", "allowedPolicies"): _ALL_STRICT,
    ("linkerd-workload-strict-mtls", "allowUnmeshed"): "The gates refuse every workload that opts "
    "out of the mesh. Run it in another namespace.",
    ("linkerd-workload-strict-mtls", "allowSkippedPorts"): "The gates accept one case, which the "
    "program writes itself: port 8000 of CloudNativePG's Pods and Jobs.",
    ("linkerd-workload-strict-mtls", "systemNamespaces"): _ONE_NAMESPACE,
    ("linkerd-authorization-strict-mtls", "gateways"): "The gates accept any single Server that "
    "carries the annotation. Which Servers may carry it is checked by the pack only.",
    ("linkerd-authorization-strict-mtls", "systemNamespaces"): _ONE_NAMESPACE,
}
"""Settings of gated rules that the gates do not follow, each with the consequence."""

EXEMPTIONS = (
    "The gates know no exemptions: use `admission.mode: warn` while an object in the services' "
    "namespace has one."
)


def text() -> str:
    """The settings of the gated rules, and the locked rules without a gate."""
    keys = {pair: f"`admission.{key}` sets the same bound." for pair, key in ADMISSION_KEYS.items()}
    settings = [
        [f"`{rule}`", f"`{setting}`", sentence]
        for (rule, setting), sentence in {**KNOWN_GAPS, **keys}.items()
    ]
    rules = [[f"`{rule}`", reason] for rule, reason in WITHOUT_GATE.items()]
    return "\n\n".join(
        (
            marks.table([["rule", "setting of the pack", "in the gates"], *settings]),
            f"Every rule of the pack takes `exemptions`. {EXEMPTIONS}",
            "These locked rules have no gate:",
            marks.table([["rule", "why"], *rules]),
        )
    )
