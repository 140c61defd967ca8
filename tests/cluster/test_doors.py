"""Every way in which a program can write an object leads through the pack.

One preview by the real engine and provider against the real API server, whose schema the objects
of yaml.v2, kustomize.v2 and Chart v4 need.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cluster.checkout import Project
from tests.policy import engine

PROGRAM = Path(__file__).with_name("doors")
MTLS = "linkerd-namespace-strict-mtls"
DOORS = {
    "door-plain": MTLS,
    "door-custom": "linkerd-service-profile-retry-budget",
    "door-patch": MTLS,
    "door-custom-patch": "linkerd-unknown-fields",
    "door-file-v1": MTLS,
    "door-list": MTLS,
    "door-group-v1": MTLS,
    "file-v2:door-file-v2": MTLS,
    "group-v2:door-group-v2": MTLS,
    "overlay:door-kustomize": MTLS,
    "door-chart-v3": MTLS,
    "chart-v4:door-chart-v4": MTLS,
    "door-release": "linkerd-no-private-keys",
}
"""The name that a resource gets behind each door, and the rule that its object breaks."""


@pytest.fixture(scope="module")
def said(deployed: tuple[Project, object], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a preview says about the program's objects."""
    project = deployed[0]
    folder = tmp_path_factory.mktemp("doors") / "program"
    shutil.copytree(PROGRAM, folder)
    config = {
        "kubeconfig": str(project.kubeconfig),
        "namespace": project.namespace,
        "profile": f"auth-service.{project.namespace}.svc.cluster.local",
    }
    flags = [f"--config=doors:{key}={value}" for key, value in config.items()]
    run = engine.Project(folder).judge("preview", *flags)
    assert run.status != 0
    return run.output


@pytest.mark.parametrize("door", DOORS)
def test_a_bad_object_is_refused_behind_each_door(said: str, door: str) -> None:
    assert re.search(rf"\[mandatory\] .*  {DOORS[door]}  \(.*: {door}\)", said), said


def test_a_key_that_is_a_secret_passes(said: str) -> None:
    assert "secret-release)" not in said
    assert "Traceback" not in said


def test_a_range_of_versions_is_resolved_before_the_pack_sees_it(said: str) -> None:
    """So linkerd-chart-pinned has nothing to find: docs/policies-guide.md says so."""
    assert "Release ranged-release create" in said
    assert "ranged-release)" not in said


def test_nothing_else_is_refused(said: str) -> None:
    assert set(re.findall(r"\[mandatory\] .*\(\S+: (.+)\)", said)) == set(DOORS), said
