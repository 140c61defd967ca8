"""Every setting of every rule turns a verdict: without it, and with it, on the same objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from linkerd_policies.framework.model import Rule
from linkerd_policies.reading import linkerd, x509_checks
from linkerd_policies.rules.examples import GOOD
from linkerd_policies.table import RULES
from tests.policy.issuers import ISSUER, ROOT, pem, release
from tests.policy.meshed import ABSENT, CONTAINER, POD, changed, put
from tests.policy.objects import deployment, namespace, split
from tests.policy.support import BY_NAME, UNKNOWN_TEXT, Manifest, documents, violations
from tests.unit.mesh.authority import NOW

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Case:
    """Objects that ``value`` of a setting turns from refused to accepted, or back.

    ``others`` are settings that both sides have. ``manifests`` are the rule's bad example where
    none are given.
    """

    value: Any
    refuses: bool = False
    manifests: Sequence[Manifest] = ()
    others: Mapping[str, Any] = field(default_factory=dict)


def _good(rule: str) -> list[Manifest]:
    return documents(BY_NAME[rule].good)


def _alone(rule: str) -> list[Manifest]:
    """The rule's bad example without its Namespace, so that it cannot be seen to be meshed."""
    first, *others = documents(BY_NAME[rule].bad)
    assert first["kind"] == "Namespace"
    return others


def _unmeshed(rule: str) -> list[Manifest]:
    """The rule's bad example with a Namespace that does not ask for the proxy."""
    first, *others = documents(BY_NAME[rule].bad)
    put(first, r"metadata.annotations.linkerd\.io/inject", "disabled")
    return [first, *others]


def _marked(**annotations: str) -> Manifest:
    """A Deployment whose pod template has these annotations."""
    made = deployment()
    made["spec"]["template"]["metadata"]["annotations"] = annotations
    return made


_SKIPPED = {"config.linkerd.io/skip-outbound-ports": "25"}
_DEBUGGED = _marked(**{"config.linkerd.io/enable-debug-sidecar": "true"})
_GOOD = documents(GOOD)
_CERTIFIED = [release(pem(ROOT), pem(ISSUER))]
_TOKEN = f"{POD}.automountServiceAccountToken"
_WORKLOADS: dict[str, tuple[str, Any]] = {
    "linkerd-workload-pod-security": (f"{POD}.hostNetwork", True),
    "linkerd-workload-resources": (f"{CONTAINER}.resources", {}),
    "linkerd-workload-probes": (f"{CONTAINER}.readinessProbe", ABSENT),
    "linkerd-workload-replicas": ("spec.replicas", 1),
    "linkerd-image-pinned": (f"{CONTAINER}.image", "registry.example/shop/cart:latest"),
    "linkerd-image-registry": (f"{CONTAINER}.image", "elsewhere.example/cart:1.0.0"),
    "linkerd-workload-account": (_TOKEN, ABSENT),
    "linkerd-no-clear-secrets": (f"{CONTAINER}.command", ["run", "--password=hunter-two"]),
}
"""What each rule on meshed workloads refuses."""


CASES: dict[tuple[str, str], Case] = {
    ("linkerd-namespace-strict-mtls", "allowedPolicies"): Case(
        ["deny"], refuses=True, manifests=[namespace()]
    ),
    ("linkerd-namespace-strict-mtls", "allowSkippedPorts"): Case(
        ["shop"], manifests=[namespace(**_SKIPPED)]
    ),
    ("linkerd-workload-strict-mtls", "allowedPolicies"): Case(
        ["deny"], refuses=True, manifests=[_marked(**{linkerd.INBOUND_POLICY: "all-authenticated"})]
    ),
    ("linkerd-workload-strict-mtls", "allowUnmeshed"): Case(
        ["shop/cart"], manifests=[_marked(**{linkerd.INJECT: "disabled"})]
    ),
    ("linkerd-workload-strict-mtls", "allowSkippedPorts"): Case(
        ["shop/cart"], manifests=[_marked(**_SKIPPED)]
    ),
    ("linkerd-workload-strict-mtls", "systemNamespaces"): Case(["shop"]),
    ("linkerd-injected-workload-strict-mtls", "systemNamespaces"): Case(["shop"]),
    ("linkerd-control-plane-strict-mtls", "allowedPolicies"): Case(
        ["deny"], refuses=True, manifests=_good("linkerd-control-plane-strict-mtls")
    ),
    ("linkerd-authorization-strict-mtls", "gateways"): Case(["shop/cart"]),
    ("linkerd-authorization-strict-mtls", "systemNamespaces"): Case(["shop"]),
    ("linkerd-gateway-limit", "maxGateways"): Case(2),
    ("linkerd-gateway-limit", "systemNamespaces"): Case(["shop"]),
    ("linkerd-server-authorized", "closed"): Case(["shop/cart"]),
    ("linkerd-server-authorized", "systemNamespaces"): Case(["shop"]),
    ("linkerd-server-coverage", "policies"): Case(["all-authenticated"]),
    ("linkerd-server-coverage", "open"): Case(["shop/cart"]),
    ("linkerd-service-profile-retry-budget", "maxRetryRatio"): Case(
        0.1, refuses=True, manifests=_good("linkerd-service-profile-retry-budget")
    ),
    ("linkerd-service-profile-retry-budget", "maxRetriesPerSecond"): Case(
        9, refuses=True, manifests=_good("linkerd-service-profile-retry-budget")
    ),
    ("linkerd-retry-annotations-bounded", "maxLimit"): Case(
        2, refuses=True, manifests=_good("linkerd-retry-annotations-bounded")
    ),
    ("linkerd-retry-amplification", "maxAmplification"): Case(100),
    ("linkerd-canary-weights", "minShare"): Case(5, refuses=True, manifests=[split(97, 3)]),
    ("linkerd-canary-backends", "external"): Case(["shop/cart", "shop/cart-v2"]),
    ("linkerd-breaker-bounds", "allowedModes"): Case(
        ["unified"], refuses=True, manifests=_good("linkerd-breaker-bounds")
    ),
    ("linkerd-breaker-bounds", "maxFailures"): Case(
        1, refuses=True, manifests=_good("linkerd-breaker-bounds")
    ),
    ("linkerd-breaker-bounds", "maxPenaltySeconds"): Case(
        1, refuses=True, manifests=_good("linkerd-breaker-bounds")
    ),
    ("linkerd-profile-name", "external"): Case(["cart"]),
    ("linkerd-service-endpoints", "external"): Case(["shop/cart"]),
    ("linkerd-dangling-references", "external"): Case(["shop/cart"]),
    ("linkerd-disruption-budgets", "external"): Case(["shop/cart"]),
    ("linkerd-exposure", "exposed"): Case(["shop/gateway"]),
    ("linkerd-exposure", "systemNamespaces"): Case(["shop"]),
    ("linkerd-workload-resources", "required"): Case(["limits.cpu"], refuses=True, manifests=_GOOD),
    ("linkerd-workload-probes", "requireLiveness"): Case(True, refuses=True, manifests=_GOOD),
    ("linkerd-workload-replicas", "minimumReplicas"): Case(2, refuses=True),
    ("linkerd-image-pinned", "requireDigests"): Case(True, refuses=True, manifests=_GOOD),
    ("linkerd-image-registry", "allowedRegistries"): Case(["registry.example/shop"], refuses=True),
    ("linkerd-workload-account", "allowTokens"): Case(
        ["shop/cart"], manifests=changed(_TOKEN, ABSENT)
    ),
    ("linkerd-no-clear-secrets", "allowUnknownValues"): Case(
        True, manifests=changed(f"{CONTAINER}.env", [{"name": "HOST", "value": UNKNOWN_TEXT}])
    ),
    ("linkerd-identity-certificates", "minimumDays"): Case(
        3650, refuses=True, manifests=_CERTIFIED
    ),
    ("linkerd-high-availability", "requireHighAvailability"): Case(True, refuses=True),
    ("linkerd-crds-protected", "requireProtection"): Case(True, refuses=True),
    ("linkerd-proxy-overrides", "allowDebugging"): Case(True, manifests=[_DEBUGGED]),
    ("linkerd-proxy-overrides", "systemNamespaces"): Case(["shop"], manifests=[_DEBUGGED]),
    ("linkerd-proxy-resources", "always"): Case(True, refuses=True, manifests=_GOOD),
    ("linkerd-proxy-resources", "systemNamespaces"): Case(["shop"]),
}


def _case(rule: str, setting: str) -> Case:
    """The case of a setting; those that every rule on meshed workloads has are alike."""
    if rule in _WORKLOADS and setting in ("meshedNamespaces", "systemNamespaces"):
        meshed, others = changed(*_WORKLOADS[rule]), BY_NAME[rule].example_settings
        if setting == "systemNamespaces":
            return Case(["shop"], manifests=meshed, others=others)
        # The workload alone: whether its namespace is meshed cannot be seen.
        return Case(["shop"], refuses=True, manifests=meshed[1:], others=others)
    if setting == "meshedNamespaces":
        unseen = _unmeshed if rule == "linkerd-server-coverage" else _alone
        return Case(["shop"], refuses=True, manifests=unseen(rule))
    return CASES[rule, setting]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.settings], ids=lambda r: r.name)
def test_each_setting_turns_the_verdict(monkeypatch: pytest.MonkeyPatch, rule: Rule) -> None:
    monkeypatch.setattr(x509_checks, "utc_now", lambda: NOW)
    for setting in rule.settings:
        case = _case(rule.name, setting.name)
        manifests = list(case.manifests) or documents(rule.bad)
        default = violations(rule.name, *manifests, **case.others)
        settings = {**case.others, setting.name: case.value}
        assert bool(default) is not case.refuses, setting.name
        assert bool(violations(rule.name, *manifests, **settings)) is case.refuses, setting.name


def test_no_case_is_of_a_setting_that_is_gone() -> None:
    assert set(CASES) <= {(rule.name, one.name) for rule in RULES for one in rule.settings}
    assert set(_WORKLOADS) <= set(BY_NAME)
