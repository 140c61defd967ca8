"""The number of pods is that of whatever scales or owns the workload."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.meshed import ABSENT, changed
from tests.policy.objects import budget, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, violations

RULE = "linkerd-workload-replicas"
BUDGET = budget(maxUnavailable=1, selector={"matchLabels": {"app": "cart"}})
CART = {"kind": "Deployment", "name": "cart"}


def keda(target: Any = None, **spec: Any) -> Manifest:
    wanted = {"scaleTargetRef": target or {"name": "cart"}, **spec}
    return thing("keda.sh/v1alpha1", "ScaledObject", "cart", wanted)


def rollout(**spec: Any) -> Manifest:
    reference = {"apiVersion": "apps/v1", **CART}
    selector = {"matchLabels": {"app": "cart"}}
    whole = {"workloadRef": reference, "selector": selector, **spec}
    return thing("argoproj.io/v1alpha1", "Rollout", "cart", whole)


def canary(**spec: Any) -> Manifest:
    return thing("flagger.app/v1beta1", "Canary", "cart", {"targetRef": CART, **spec})


def judged(*more: Manifest, replicas: Any = ABSENT) -> list[str]:
    stack = [*changed("spec.replicas", replicas), BUDGET, *more]
    return violations(RULE, *stack, minimumReplicas=2)


@pytest.mark.parametrize("target", [{"name": "cart"}, CART, {**CART, "apiVersion": "apps/v1"}])
@pytest.mark.parametrize("replicas", [ABSENT, 1, 5])
@pytest.mark.parametrize(
    ("spec", "key"),
    [
        ({"minReplicaCount": 2}, None),
        ({"minReplicaCount": 3, "idleReplicaCount": 2}, None),
        ({}, "minReplicaCount"),
        ({"minReplicaCount": 1}, "minReplicaCount"),
        ({"minReplicaCount": UNKNOWN_TEXT}, "minReplicaCount"),
        ({"minReplicaCount": 2, "idleReplicaCount": 0}, "idleReplicaCount"),
    ],
)
def test_a_scaled_object_says_how_many_pods(
    target: Any, replicas: Any, spec: dict[str, Any], key: str | None
) -> None:
    found = judged(keda(target, **spec), replicas=replicas)
    assert len(found) == bool(key)
    assert all(f"spec.{key} of ScaledObject shop/cart" in message for message in found)


def test_a_scaled_object_of_another_workload_does_not_count() -> None:
    for target in ({"name": "web"}, {"kind": "StatefulSet", "name": "cart"}, UNKNOWN_MAP):
        (message,) = judged(keda(target, minReplicaCount=2), replicas=1)
        assert "spec.replicas of Deployment shop/cart" in message


def test_a_watermark_autoscaler_says_how_many_pods() -> None:
    def scaler(**spec: Any) -> Manifest:
        wanted = {"scaleTargetRef": CART, **spec}
        return thing("datadoghq.com/v1alpha1", "WatermarkPodAutoscaler", "cart", wanted)

    assert judged(scaler(minReplicas=2)) == []
    (message,) = judged(scaler())
    assert "spec.minReplicas of WatermarkPodAutoscaler shop/cart" in message


@pytest.mark.parametrize(("replicas", "count"), [(2, 0), (1, 1), (None, 1), (UNKNOWN_TEXT, 1)])
def test_a_rollout_takes_a_deployment_over(replicas: Any, count: int) -> None:
    spec = {} if replicas is None else {"replicas": replicas}
    found = judged(rollout(**spec), replicas=0)
    assert len(found) == count
    assert all("spec.replicas of Rollout shop/cart" in message for message in found)


def test_a_rollout_is_scaled_as_well() -> None:
    target = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "cart"}
    assert judged(rollout(), keda(target, minReplicaCount=2), replicas=0) == []
    (message,) = judged(rollout(replicas=2), keda(target), replicas=0)
    assert "spec.minReplicaCount of ScaledObject shop/cart" in message


def test_a_rollout_selects_the_pods_that_it_takes_over() -> None:
    rule = "linkerd-workload-selectors"
    namespace, deployment = changed("spec.replicas", 0)
    assert violations(rule, namespace, deployment, rollout()) == []
    other = rollout(workloadRef={"kind": "Deployment", "name": "other"})
    (message,) = violations(rule, namespace, deployment, other)
    assert "Narrow spec.selector of Rollout shop/cart" in message


def test_flagger_scales_the_deployment_of_a_canary() -> None:
    assert judged(canary(), replicas=2) == []
    (message,) = judged(canary(), replicas=1)
    assert message == (
        "Scale Deployment shop/cart by a HorizontalPodAutoscaler with spec.minReplicas of 2 or "
        "more (found 1), and name that in spec.autoscalerRef of Canary shop/cart, which sets the "
        "number of pods itself."
    )
    target = {"scaleTargetRef": CART, "minReplicas": 2}
    scaler = thing("autoscaling/v2", "HorizontalPodAutoscaler", "cart", target)
    assert judged(canary(), scaler, replicas=1) == []


def test_a_vertical_autoscaler_sets_no_number() -> None:
    vertical = thing("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "cart", {"targetRef": CART})
    assert judged(vertical, replicas=2) == []
    (message,) = judged(vertical, replicas=1)
    assert "spec.replicas of Deployment shop/cart" in message


def test_knative_sets_its_own_number() -> None:
    template = changed("spec.replicas", 1)[1]["spec"]["template"]
    service = thing("serving.knative.dev/v1", "Service", "cart", {"template": template})
    assert judged(service, replicas=2) == []
