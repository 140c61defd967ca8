"""Programs of the kind that people publish, inside and outside of the mesh."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from linkerd_policies.docs import profile
from linkerd_policies.reading import linkerd
from tests.policy.support import BY_NAME, Config, Manifest, Pack, documents

FOLDER = Path(__file__).parent / "public"
STRICT: Config = {
    "linkerd-image-pinned": {"requireDigests": True},
    "linkerd-image-registry": {"allowedRegistries": ["docker.io/library"]},
    "linkerd-workload-replicas": {"minimumReplicas": 2},
    "linkerd-workload-probes": {"requireLiveness": True},
    "linkerd-proxy-resources": {"always": True},
    "linkerd-high-availability": {"requireHighAvailability": True},
    "linkerd-crds-protected": {"requireProtection": True},
}
REAL: dict[str, dict[str, int]] = {
    "bookinfo": {},
    "guestbook": {"linkerd-exposure": 1},
    "helm-app": {"linkerd-exposure": 1},
    "job": {"linkerd-exposure": 1},
}
"""What the profile baseline refuses. Strict mTLS refuses the clients of what is exposed, and a pod
on its node's network gets no proxy."""

EXPECTED: dict[str, dict[str, int]] = {
    "bookinfo": {
        "linkerd-image-pinned": 4,
        "linkerd-image-registry": 4,
        "linkerd-no-clear-secrets": 1,
        "linkerd-proxy-resources": 8,
        "linkerd-workload-account": 4,
        "linkerd-workload-pod-security": 16,
        "linkerd-workload-probes": 8,
        "linkerd-workload-replicas": 8,
        "linkerd-workload-resources": 8,
    },
    "guestbook": {
        "linkerd-exposure": 1,
        "linkerd-image-pinned": 2,
        "linkerd-image-registry": 1,
        "linkerd-proxy-resources": 4,
        "linkerd-workload-account": 4,
        "linkerd-workload-pod-security": 8,
        "linkerd-workload-probes": 4,
        "linkerd-workload-replicas": 3,
        "linkerd-workload-resources": 2,
    },
    "helm-app": {
        "linkerd-exposure": 1,
        "linkerd-image-pinned": 1,
        "linkerd-image-registry": 1,
        "linkerd-no-clear-secrets": 1,
        "linkerd-proxy-resources": 2,
        "linkerd-workload-account": 1,
        "linkerd-workload-pod-security": 4,
        "linkerd-workload-probes": 1,
        "linkerd-workload-replicas": 2,
        "linkerd-workload-resources": 2,
    },
    "job": {
        "linkerd-exposure": 1,
        "linkerd-image-pinned": 2,
        "linkerd-proxy-resources": 4,
        "linkerd-workload-account": 4,
        "linkerd-workload-pod-security": 10,
        "linkerd-workload-resources": 4,
    },
}


def program(name: str) -> list[Manifest]:
    return documents((FOLDER / f"{name}.yaml").read_text())


def meshed(manifests: list[Manifest]) -> list[Manifest]:
    """The same program in namespaces that are meshed and strict."""
    annotations = {
        "linkerd.io/inject": "enabled",
        "config.linkerd.io/default-inbound-policy": "all-authenticated",
    }
    others = [manifest for manifest in manifests if manifest["kind"] != "Namespace"]
    names = {m.get("metadata", {}).get("namespace", "default") for m in others}
    namespaces = [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": n, "annotations": annotations},
        }
        for n in sorted(names)
    ]
    return [*namespaces, *others]


def rules(manifests: list[Manifest], config: Config | None = None) -> Counter[str]:
    return Counter(one.policyName for one in Pack(config).diagnostics(*manifests))


def test_each_program_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(EXPECTED) == set(REAL)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_program_outside_of_the_mesh_violates_nothing(name: str) -> None:
    assert rules(program(name)) == {}
    assert rules(program(name), STRICT) == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_in_a_strict_mesh_every_violation_is_reported(name: str) -> None:
    assert rules(meshed(program(name)), STRICT) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_baseline_refuses_only_what_is_really_wrong(name: str) -> None:
    found = Pack(configured("baseline")).diagnostics(*meshed(program(name)))
    mandatory = Counter(one.policyName for one in found if is_mandatory(one))
    advisory = Counter(one.policyName for one in found if not is_mandatory(one))
    assert mandatory == REAL[name]
    assert mandatory + advisory == rules(meshed(program(name)))
    assert {BY_NAME[rule].group for rule in advisory} == {"Workloads"}


@pytest.mark.parametrize("name", EXPECTED)
def test_strict_refuses_it_all(name: str) -> None:
    found = Pack(configured("strict")).diagnostics(*meshed(program(name)))
    assert all(map(is_mandatory, found))
    assert Counter(one.policyName for one in found) == rules(meshed(program(name)))


def test_a_reason_is_all_that_baseline_wants_of_the_guestbook() -> None:
    manifests = meshed(program("guestbook"))
    (frontend,) = [one for one in manifests if one.get("spec", {}).get("type") == "LoadBalancer"]
    frontend["metadata"]["annotations"] = {linkerd.ALLOW_EXPOSURE: "visitors sign the book here"}
    found = Pack(configured("baseline")).diagnostics(*manifests)
    assert found
    assert not any(map(is_mandatory, found))


def configured(name: str) -> Config:
    """One of the pack's profiles."""
    return {
        rule: {"enforcementLevel": entry} if isinstance(entry, str) else entry
        for rule, entry in profile(name).items()
    }


def is_mandatory(diagnostic: Any) -> bool:
    return bool(diagnostic.enforcementLevel == analyzer_pb2.MANDATORY)
