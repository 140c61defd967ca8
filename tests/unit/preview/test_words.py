"""Each kind of change in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commands.preview.leaves import leaves, segments
from commands.preview.losses import loss
from commands.preview.model import Special
from commands.preview.summary import summarise
from commands.preview.values import duration, image, plain, share
from tests.unit.preview.recordings import event, facts, recorded, step


def split(*weights: int) -> dict[str, Any]:
    names = ("web", "web-v2", "web-v3")
    backends = [{"service": n, "weight": w} for n, w in zip(names, weights, strict=False)]
    return {"spec": {"service": "web", "backends": backends}}


def route(*weights: int, **annotations: str) -> dict[str, Any]:
    backends = [
        {"name": n, "port": 80, "weight": w}
        for n, w in zip(("web", "web-v2"), weights, strict=False)
    ]
    match = {"method": "GET", "path": {"type": "Exact", "value": "/a"}}
    return {
        "metadata": {"name": "web-get-a", "annotations": annotations},
        "spec": {"rules": [{"matches": [match], "backendRefs": backends}]},
    }


def profile(*routes: dict[str, Any], **budget: Any) -> dict[str, Any]:
    return {"spec": {"routes": list(routes), "retryBudget": {"ttl": "10s", **budget}}}


def pods(spec: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "web", **container}]}}
    return {"spec": {**(spec or {}), "template": template}}


def policies(**annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": "web", "annotations": annotations}}


def networks(*cidrs: str) -> dict[str, Any]:
    return {"spec": {"networks": [{"cidr": cidr} for cidr in cidrs]}}


SPLIT = "split.smi-spec.io/v1alpha2:TrafficSplit"
ROUTE = "gateway.networking.k8s.io/v1:HTTPRoute"
PROFILE = "linkerd.io/v1alpha2:ServiceProfile"
DEPLOYMENT = "apps/v1:Deployment"
SCALED = {"metadata": {"annotations": {"linkerd-platform.dev/replicas": "autoscaler"}}}
SCALER = "autoscaling/v2:HorizontalPodAutoscaler"
SERVICE = "core/v1:Service"
NAMESPACE = "core/v1:Namespace"
NETWORK = "policy.linkerd.io/v1alpha1:NetworkAuthentication"
RELEASE = "helm.sh/v3:Release"
ACCRUAL = "balancer.linkerd.io/failure-accrual-consecutive"
INBOUND = "config.linkerd.io/default-inbound-policy"
READ = {"name": "GET /a/{id}", "timeout": "500ms"}

CASES: dict[str, tuple[str, Any, Any, list[str]]] = {
    "canary": (SPLIT, split(900, 100), split(750, 250), ["canary web-v2 10 → 25 %"]),
    "canary of a tenth": (SPLIT, split(1000, 0), split(999, 1), ["canary web-v2 0 → 0.1 %"]),
    "three backends": (
        SPLIT,
        split(800, 100, 100),
        split(700, 200, 100),
        ["canary web 80 → 70 %", "canary web-v2 10 → 20 %"],
    ),
    "second backend": (SPLIT, split(1000), split(900, 100), ["canary web-v2 0 → 10 %"]),
    "weights of a route": (
        ROUTE,
        route(900, 100),
        route(0, 1000),
        ["route GET /a: canary web-v2 10 → 100 %"],
    ),
    "weights of a later rule": (
        ROUTE,
        {"spec": {"rules": [{}, route(900, 100)["spec"]["rules"][0]]}},
        {"spec": {"rules": [{}, route(500, 500)["spec"]["rules"][0]]}},
        ["canary web-v2 10 → 50 %"],
    ),
    "annotations of a route": (
        ROUTE,
        route(**{"timeout.linkerd.io/request": "500ms", "retry.linkerd.io/limit": "3"}),
        route(**{"timeout.linkerd.io/request": "1s", "retry.linkerd.io/timeout": "300ms"}),
        [
            "route GET /a: timeout 500 ms → 1 s",
            "route GET /a: retries 3 → none",
            "route GET /a: timeout per try none → 300 ms",
        ],
    ),
    "timeout of a profile": (
        PROFILE,
        profile(READ),
        profile({**READ, "timeout": "1s"}),
        ["route GET /a/{id}: timeout 500 ms → 1 s"],
    ),
    "retries of a profile": (
        PROFILE,
        profile(READ, retryRatio=0.2),
        profile({**READ, "isRetryable": True}, retryRatio=0.3),
        ["route GET /a/{id}: may be retried", "retry budget: ratio 0.2 → 0.3"],
    ),
    "routes of a profile": (
        PROFILE,
        profile(READ),
        profile({"name": "POST /a", "timeout": "2s"}),
        ["route POST /a is new", "route GET /a/{id} is removed"],
    ),
    "replicas": (DEPLOYMENT, pods({"replicas": 2}), pods({"replicas": 4}), ["replicas 2 → 4"]),
    "replicas to the autoscaler": (
        DEPLOYMENT,
        pods({"replicas": 2}),
        pods(),
        ["replicas 2 → set by the autoscaler"],
    ),
    "replicas to the autoscaler, without a change of their number": (
        DEPLOYMENT,
        pods({"replicas": 2}),
        {**pods({"replicas": 2}), **SCALED},
        ["replicas set by the autoscaler"],
    ),
    "replicas to people": (
        DEPLOYMENT,
        {**pods({"replicas": 2}), **SCALED},
        pods({"replicas": 2}),
        ["replicas set by people"],
    ),
    "image": (
        DEPLOYMENT,
        pods(image="host:5000/web:v1"),
        pods(image="host:5000/web:v2"),
        ["image host:5000/web v1 → v2"],
    ),
    "sizes": (
        DEPLOYMENT,
        pods(resources={"requests": {"cpu": "10m"}, "limits": {"memory": "1Gi"}}),
        pods(resources={"requests": {"cpu": "20m"}, "limits": {"memory": "2Gi"}}),
        ["cpu request 10m → 20m", "memory limit 1Gi → 2Gi"],
    ),
    "variables": (
        DEPLOYMENT,
        pods(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "x"}]),
        pods(env=[{"name": "A", "value": "2"}, {"name": "C", "value": "y"}]),
        ["variable C is new", "variable B is removed", "variable A 1 → 2"],
    ),
    "security context": (
        DEPLOYMENT,
        pods(securityContext={"readOnlyRootFilesystem": True}),
        pods(securityContext={"readOnlyRootFilesystem": False}),
        ["security: security context: readOnlyRootFilesystem true → false"],
    ),
    "autoscaler": (
        SCALER,
        {"spec": {"minReplicas": 2, "maxReplicas": 5}},
        {"spec": {"minReplicas": 3, "maxReplicas": 10}},
        ["minimum pods 2 → 3", "maximum pods 5 → 10"],
    ),
    "circuit breaker": (
        SERVICE,
        policies(**{f"{ACCRUAL}-max-failures": "3", f"{ACCRUAL}-max-penalty": "60s"}),
        policies(**{f"{ACCRUAL}-max-failures": "7", f"{ACCRUAL}-max-penalty": "2m"}),
        [
            "circuit breaker opens after 3 → 7 failures",
            "circuit breaker's maximum pause 60 s → 2 min",
        ],
    ),
    "exposure": (
        SERVICE,
        {"spec": {"type": "ClusterIP"}},
        {"spec": {"type": "LoadBalancer"}},
        ["security: exposed as ClusterIP → LoadBalancer"],
    ),
    "inbound policy": (
        NAMESPACE,
        policies(**{INBOUND: "all-authenticated"}),
        policies(**{INBOUND: "all-unauthenticated"}),
        ["security: inbound policy of its pods all-authenticated → all-unauthenticated"],
    ),
    "networks": (
        NETWORK,
        networks("10.0.0.0/8", "::/0"),
        networks("0.0.0.0/0", "10.0.0.0/8"),
        ["security: allows 0.0.0.0/0", "security: no longer allows ::/0"],
    ),
    "account": (
        "core/v1:ServiceAccount",
        {"automountServiceAccountToken": False},
        {"automountServiceAccountToken": True},
        ["security: automountServiceAccountToken false → true"],
    ),
    "chart": (
        RELEASE,
        {"version": "1.16.11", "values": {"a": {"b": 1}}},
        {"version": "2025.4.4", "values": {"a": {"b": 2}}},
        ["chart 1.16.11 → 2025.4.4", "value a.b 1 → 2"],
    ),
    "chart whose version is not known yet": (
        RELEASE,
        {"version": "1.13.1", "values": {"a": {"{b}": 1}}},
        {"version": "", "values": {"a": {"{b}": 2}}},
        ["value a.{b} 1 → 2"],
    ),
    "many values": (
        RELEASE,
        {"values": {"a": 1, "b": 1, "c": {"x": {"y": 1}}}},
        {"values": {"a": 2, "b": 2, "c": {"x": {"y": 2}}}},
        ["values change: a, b, c.x"],
    ),
    "inbound policy of the mesh": (
        RELEASE,
        {"values": {"proxy": {"defaultInboundPolicy": "deny"}}},
        {"values": {"proxy": {"defaultInboundPolicy": "all-unauthenticated"}}},
        ["security: inbound policy of all pods deny → all-unauthenticated"],
    ),
    "config map": (
        "core/v1:ConfigMap",
        {"data": {"nginx.conf": "a", "kept": "x"}},
        {"data": {"nginx.conf": "b", "kept": "x"}},
        ["keys change: nginx.conf"],
    ),
    "volume": (
        "core/v1:PersistentVolumeClaim",
        {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
        {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
        ["volume's size 1Gi → 2Gi"],
    ),
    "another kind": (
        "example.com/v1:Thing",
        {"spec": {"a": 1, "b": [1, 2], "{c}": "x"}},
        {"spec": {"a": 2, "b": [1, 3], "{c}": "y"}},
        ["spec.a 1 → 2", "spec.b 1, 2 → 1, 3", "spec.{c} x → y"],
    ),
    "many paths": (
        "example.com/v1:Thing",
        {"spec": {str(n): 1 for n in range(6)}},
        {"spec": {str(n): 2 for n in range(6)}},
        [*(f"spec.{n} 1 → 2" for n in range(4)), "and 2 more values"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_in_words(name: str) -> None:
    kind, old, new, words = CASES[name]
    assert facts(kind, old, new) == words


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def altered(value: Any, other: Any) -> Iterator[Any]:
    """The value with each of its parts in turn replaced by the other."""
    if isinstance(value, dict):
        for key in value:
            yield {**value, key: other}
            yield from ({**value, key: part} for part in altered(value[key], other))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for part in (other, *altered(item, other)):
                yield [*value[:index], part, *value[index + 1 :]]


OTHERS: tuple[Any, ...] = (SECRET, UNKNOWN, None, 7, [], {})
PLACES = {"create": "new", "update": "old new", "replace": "old new", "delete": "old"}


@pytest.mark.parametrize("name", CASES)
def test_no_shape_of_an_object_breaks_the_summary(name: str) -> None:
    """Parts may be secret, unknown, or nothing that the API server would take."""
    kind, old, new, _ = CASES[name]
    for shape in (shape for other in OTHERS for shape in altered(new, other)):
        for op, sides in PLACES.items():
            for left, right in ((old, shape), (shape, old)):
                step = event(
                    op, kind, left if "old" in sides else None, right if "new" in sides else None
                )
                (change,) = summarise("dev", recorded([step])).changes
                words = [each.text for each in change.facts] + [str(change.loss)]
                assert all(words)
                assert "Special" not in "".join(words)
                assert "1b47061264138c4ac30d75fd1eb44270" not in "".join(words)


def test_a_change_that_only_the_engine_sees_is_shown_by_its_path() -> None:
    assert facts("example.com/v1:Thing", {"a": 1}, {"a": 1}, "status.phase") == [
        "changes: status.phase"
    ]


def test_a_new_object_is_shown_by_its_main_values() -> None:
    events = [
        event("create", SPLIT, None, split(900, 100), name="split"),
        event("create", DEPLOYMENT, None, pods({"replicas": 3}, image="web:v1"), name="pods"),
        event("create", SERVICE, None, {"spec": {"type": "LoadBalancer"}}, name="service"),
        event("create", "core/v1:Thing", None, {"metadata": {"name": "thing"}}, name="thing"),
    ]
    found = summarise("dev", recorded(events))
    (told,) = zip(*(change.facts for change in found.changes), strict=True)
    assert [(each.text, each.mark) for each in told] == [
        ("new: exposed as LoadBalancer", "security"),
        ("new: replicas 3, image web:v1", ""),
        ("new: canary web-v2 gets 10 %", ""),
        ("new", ""),
    ]


KEPT = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain"}}
DROPPED = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}
CLAIMS = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}


@pytest.mark.parametrize(
    ("kind", "spec", "is_data"),
    [
        pytest.param("apps/v1:StatefulSet", {**CLAIMS, **DROPPED}, True, id="volumes go"),
        pytest.param("apps/v1:StatefulSet", {**CLAIMS, **KEPT}, False, id="volumes stay"),
        pytest.param("apps/v1:StatefulSet", CLAIMS, False, id="kubernetes' default"),
        pytest.param("apps/v1:StatefulSet", DROPPED, False, id="no volumes"),
        pytest.param("core/v1:PersistentVolumeClaim", {}, True, id="volume"),
        pytest.param(NAMESPACE, {}, True, id="namespace"),
        pytest.param("apiextensions.k8s.io/v1:CustomResourceDefinition", {}, True, id="crd"),
        pytest.param(DEPLOYMENT, {"replicas": 2}, False, id="deployment"),
        pytest.param("example.com/v1:Thing", {}, False, id="another kind"),
    ],
)
def test_loss_of_data_is_shown(kind: str, spec: Any, is_data: bool) -> None:
    assert loss(step("delete", kind, {"spec": spec}, None)).is_data == is_data


def test_an_object_that_stays_in_the_cluster_is_no_loss_of_data() -> None:
    kept = event("delete", NAMESPACE, {}, None)
    kept["resourcePreEvent"]["metadata"]["old"]["retainOnDelete"] = True
    (found,) = recorded([kept]).steps
    assert loss(found).text.startswith("stays in the cluster")
    assert not loss(found).is_data


def cert(op: str, name: str, kind: str = "index/locallySignedCert:LocallySignedCert") -> Any:
    sides: list[dict[str, Any] | None] = [
        None if op == gone else {} for gone in ("create", "delete")
    ]
    return event(op, f"tls:{kind}", sides[0], sides[1], name=name)


@pytest.mark.parametrize(
    ("events", "words", "loses"),
    [
        pytest.param(
            [cert("create", "linkerd-issuer-1-2"), cert("delete", "linkerd-issuer-1-1")],
            "certificate rotates: issuer 1-1 → 1-2, with a new key",
            True,
            id="issuer rotates",
        ),
        pytest.param(
            [cert("update", "linkerd-issuer-1-1")],
            "certificate is renewed: issuer 1-1, its key stays",
            True,
            id="issuer is renewed",
        ),
        pytest.param(
            [cert("create", "linkerd-trust-anchor-2")],
            "certificate is new: trust anchor 2",
            False,
            id="anchor is added",
        ),
        pytest.param(
            [
                cert("delete", "linkerd-trust-anchor-1"),
                cert("delete", "linkerd-trust-anchor-1-key"),
            ],
            "certificate is removed: trust anchor 1",
            True,
            id="anchor is removed",
        ),
    ],
)
def test_a_rotation_is_one_row(events: Any, words: str, loses: bool) -> None:
    (change,) = summarise("dev", recorded(events)).changes
    assert [each.text for each in change.facts] == [words]
    assert change.mark == "certificate"
    assert (change.loss is not None) == loses


def test_other_objects_of_tls_are_rows_of_their_own() -> None:
    (change,) = summarise("dev", recorded([cert("create", "webhook")])).changes
    assert [each.text for each in change.facts] == ["new"]


@pytest.mark.parametrize(
    ("value", "words"),
    [("500ms", "500 ms"), ("1500ms", "1.5 s"), ("90s", "90 s"), ("1h", "60 min"), ("ten", "ten")],
)
def test_durations_have_units(value: str, words: str) -> None:
    assert duration(value) == words


def test_images_share_their_repository() -> None:
    digest = "sha256:0123456789abcdef0123"
    assert image("a/b:1", "a/b:2") == "a/b 1 → 2"
    assert image("a/b:1", "a/c:1") == "a/b:1 → a/c:1"
    assert image("host:5000/a", "host:5000/a:2") == "host:5000/a → host:5000/a:2"
    assert image(f"a@{digest}", f"a@{digest[::-1]}").startswith("a sha256:0123456789ab → ")


def test_shares_have_one_decimal_and_no_division_by_zero() -> None:
    assert [share(1, 3), share(0, 0), share(250, 1000)] == ["33.3", "0", "25"]


def test_values_are_short() -> None:
    assert plain("x" * 100) == "x" * 57 + "..."
    assert [plain([]), plain(""), plain(None), plain({"a": 1})] == ["nothing", '""', "nothing", "a"]


def test_paths_of_the_engine_are_split_into_keys() -> None:
    assert segments('spec.a[0]["b.c/d"].e') == ("spec", "a", "0", "b.c/d", "e")


def test_a_secret_that_changes_behind_its_mask_is_found_by_the_engines_path() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    sides = {"data": secret, "type": "Opaque"}
    found = leaves(step("update", "core/v1:Secret", sides, sides, "data.key"))
    assert [(leaf.path, leaf.new) for leaf in found] == [(("data", "key"), Special.SECRET)]
