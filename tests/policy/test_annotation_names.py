from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.reading.known_annotations import KNOWN
from tests.policy.objects import thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, notes, violations

NAMES = "linkerd-unknown-annotations"


def service(key: str, value: Any = "1") -> Manifest:
    return thing("v1", "Service", "cart", None, **{key: value})


def deployment(key: str) -> Manifest:
    template = {"metadata": {"annotations": {key: "1"}}}
    return thing("apps/v1", "Deployment", "cart", {"template": template})


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("config.linkerd.io/proxy-cpu-requests", "proxy-cpu-request"),
        ("config.linkerd.io/default-inbound-polici", "default-inbound-policy"),
        ("config.linkerd.io/opaque-port", "opaque-ports"),
        ("config.alpha.linkerd.io/proxy-wait-before-exit-second", "proxy-wait-before-exit-seconds"),
        ("retry.linkerd.io/limits", "limit"),
        ("timeout.linkerd.io/requests", "request"),
        ("balancer.linkerd.io/failure-accural", "failure-accrual"),
        ("balancer.alpha.linkerd.io/penalise-failures", "penalize-failures"),
        ("linkerd.io/injct", "linkerd.io/inject"),
        ("linkerd.io/injected", "linkerd.io/inject"),
        ("retries.linkerd.io/limit", "the prefix retry.linkerd.io"),
        ("timeouts.linkerd.io/request", "the prefix timeout.linkerd.io"),
    ],
)
def test_slips_are_named_with_the_nearest_annotation(key: str, hint: str) -> None:
    for manifest, parent in (
        (service(key), "metadata"),
        (deployment(key), "spec.template.metadata"),
    ):
        (message,) = violations(NAMES, manifest)
        assert message.startswith(f'Correct {parent}.annotations["{key}"] of ')
        assert f"did you mean {hint}?" in message


def test_all_are_named_where_none_is_near() -> None:
    (message,) = violations(NAMES, service("retry.linkerd.io/xyz"))
    assert "there are grpc, http, limit, timeout." in message


def test_a_prefix_alone_is_no_annotation() -> None:
    (message,) = violations(NAMES, service("retry.linkerd.io"))
    assert "there are grpc, http, limit, timeout." in message


@pytest.mark.parametrize(
    "key", [f"{prefix}/{name}" for prefix, names in sorted(KNOWN.items()) for name in names]
)
def test_what_linkerd_reads(key: str) -> None:
    assert violations(NAMES, service(key)) == []


@pytest.mark.parametrize(
    "key",
    [
        "linkerd.io/inject",
        "linkerd.io/created-by",
        "linkerd.io/trust-root-sha256",
        "linkerd.io/project",
        "viz.linkerd.io/tap-enabled",
        "example.com/inject",
        "smi.linkerd.io/skip",
        "mirror.linkerd.io/exported",
        "multicluster.linkerd.io/remote-discovery",
        "retry.example.com/limits",
        "inject",
    ],
)
def test_what_others_write(key: str) -> None:
    assert violations(NAMES, service(key), deployment(key)) == []


def test_values_do_not_matter() -> None:
    assert violations(NAMES, service("retry.linkerd.io/limit", UNKNOWN_TEXT)) == []
    assert len(violations(NAMES, service("retry.linkerd.io/limits", UNKNOWN_TEXT))) == 1


def test_unknown_annotations_are_noted() -> None:
    unknown = {"apiVersion": "v1", "kind": "Service", "metadata": {"annotations": UNKNOWN_MAP}}
    assert violations(NAMES, unknown) == []
    assert len(notes(NAMES, unknown)) == 1
