"""Programs of the kind that people publish: silent outside of the mesh, judged inside of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.policy.support import Config, Manifest, Pack, documents

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
EXPECTED: dict[str, dict[str, int]] = {
    "guestbook": {
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
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_program_outside_of_the_mesh_hears_nothing(name: str) -> None:
    assert rules(program(name)) == {}
    assert rules(program(name), STRICT) == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_in_a_strict_mesh_it_hears_all_that_is_wrong(name: str) -> None:
    assert rules(meshed(program(name)), STRICT) == EXPECTED[name]
