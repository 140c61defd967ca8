"""The gates inside of the cluster repeat the policy pack's mandatory rules, with its bounds."""

from __future__ import annotations

from typing import Any

import pytest

from components.cluster.facts import ClusterContext, Facts
from components.cluster.preflight import kubernetes_has_gates
from components.config.catalogue.model import Service
from components.config.rules.admission import gates_allow_an_audit, gates_allow_the_retries
from components.config.rules.context import CatalogueContext, StackContext
from components.config.stack.admission import Admission
from components.config.stack.settings import Settings
from components.security import gates
from linkerd_policies.reading import linkerd
from linkerd_policies.shared import limits
from tests.unit.components import program

POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
BINDING = f"{POLICY}Binding"
ACTIONS = {"warn": ["Warn", "Audit"], "deny": ["Deny"]}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ACTIONS)
def test_every_gate_is_bound_to_the_namespace_alone(mode: str) -> None:
    outcome = program.run("dev", namespace="shop", admission={"mode": mode})
    policies, bindings = outcome.of(POLICY), outcome.of(BINDING)
    assert len(policies) == len(gates.gates(Admission()))
    assert {b["spec"]["policyName"] for b in bindings.values()} == {
        p["metadata"]["name"] for p in policies.values()
    }
    for binding in bindings.values():
        assert binding["spec"]["validationActions"] == ACTIONS[mode]
        selector = binding["spec"]["matchResources"]["namespaceSelector"]
        assert selector == {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    assert {p["spec"]["failurePolicy"] for p in policies.values()} == {"Fail"}


@pytest.mark.slow
def test_off_writes_nothing() -> None:
    outcome = program.run("dev", admission={"mode": "off"})
    assert not outcome.of(POLICY)
    assert not outcome.of(BINDING)


@pytest.mark.slow
def test_stacks_bounds_reach_the_gates() -> None:
    admission = {"mode": "deny", "maxRetryRatio": 0.3, "maxRetriesPerSecond": 17, "maxRetries": 8}
    text = str(program.run("dev", admission=admission).of(POLICY))
    assert "<= 0.300000" in text
    assert "from 0 to 17" in text
    assert "int(variables.limit) <= 8" in text


def test_words_are_the_packs() -> None:
    text = "".join(
        expression
        for gate in gates.gates(Admission())
        for expression in (*gate.variables.values(), *gate.validations)
    )
    words = (
        *(linkerd.INJECT, linkerd.INBOUND_POLICY, linkerd.ALLOW_UNAUTHENTICATED),
        *linkerd.STRICT_POLICIES,
        *linkerd.RETRYABLE_GRPC,
        f">= {limits.MIN_REASON}",
        f"duration('{limits.BUDGET_TTL_SECONDS[1]}s')",
    )
    assert [word for word in words if word not in text] == []


def test_every_gate_of_pods_lets_the_operator_ask_for_the_state_and_nothing_else() -> None:
    with_pods = [gate for gate in gates.gates(Admission()) if "inject" in gate.variables]
    assert len(with_pods) == 4
    for gate in with_pods:
        (bypass,) = (text for text in gate.validations if "skip-subnets" in text)
        assert "variables.annotations[k] == '8000'" in bypass
        assert "'cnpg.io/cluster' in variables.labels" in bypass


RETRIED = {"method": "GET", "path": "/", "retry": {"limit": 4, "timeout": "500ms"}, "timeout": "2s"}
OVER: dict[str, dict[str, Any]] = {
    "maxRetries": {"style": "route", "routes": [RETRIED]},
    "maxRetryRatio": {"routes": [{"method": "GET", "path": "/"}]},
    "maxRetriesPerSecond": {
        "routes": [{"method": "GET", "path": "/"}],
        "retryBudget": {"minRetriesPerSecond": 4},
    },
}


@pytest.mark.parametrize("key", OVER)
@pytest.mark.parametrize(("bound", "fits"), [(0.1, False), (4, True)], ids=["under", "at"])
def test_the_stacks_own_retries_fit_its_gates(key: str, bound: float, fits: bool) -> None:
    value = min(bound, 0.2) if key == "maxRetryRatio" else int(bound)
    admission = {"mode": "deny", key: value}
    service = Service.model_validate({"image": "example/app:1", **OVER[key]})
    found = gates_allow_the_retries(stack(service, **admission))
    assert [finding.path for finding in found] == ([] if fits else [f"admission.{key}"])
    assert not list(gates_allow_the_retries(stack(service, **{**admission, "mode": "warn"})))


def stack(service: Service, **admission: Any) -> StackContext:
    settings = Settings.model_validate({"admission": admission})
    return StackContext(settings=settings, catalogue=CatalogueContext(services={"api": service}))


@pytest.mark.parametrize(("mode", "count"), [("deny", 1), ("warn", 0), ("off", 0)])
def test_an_audit_needs_gates_that_let_it_pass(mode: str, count: int) -> None:
    raw = {"admission": {"mode": mode}, "linkerd": {"defaultInboundPolicy": "audit"}}
    found = gates_allow_an_audit(StackContext(settings=Settings.model_validate(raw)))
    assert len(list(found)) == count


@pytest.mark.parametrize(
    ("version", "mode", "count"), [((1, 29), "deny", 1), ((1, 30), "deny", 0), ((1, 29), "off", 0)]
)
def test_old_clusters_have_no_gates(version: tuple[int, int], mode: str, count: int) -> None:
    settings = Settings.model_validate({"admission": {"mode": mode}})
    context = ClusterContext(settings=settings, facts=Facts(version=version))
    found = kubernetes_has_gates(context)
    assert [finding.path for finding in found] == ["admission.mode"] * count
