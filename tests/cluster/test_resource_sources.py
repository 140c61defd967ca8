"""The pack sees every object, in whatever way the program writes it.

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

PROGRAM = Path(__file__).with_name("resource_sources")
MTLS = "linkerd-namespace-strict-mtls"
SOURCES = {
    "source-plain": MTLS,
    "source-custom": "linkerd-service-profile-retry-budget",
    "source-patch": MTLS,
    "source-custom-patch": "linkerd-unknown-fields",
    "source-file-v1": MTLS,
    "source-list": MTLS,
    "source-group-v1": MTLS,
    "file-v2:source-file-v2": MTLS,
    "group-v2:source-group-v2": MTLS,
    "overlay:source-kustomize": MTLS,
    "source-chart-v3": MTLS,
    "chart-v4:source-chart-v4": MTLS,
    "source-release": "linkerd-no-private-keys",
}
"""The name of the resource that each way creates, and the rule that its object breaks."""


@pytest.fixture(scope="module")
def said(deployed: tuple[Project, object], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a preview says about the program's objects."""
    project = deployed[0]
    folder = tmp_path_factory.mktemp("resource-sources") / "program"
    shutil.copytree(PROGRAM, folder)
    config = {
        "kubeconfig": str(project.kubeconfig),
        "namespace": project.namespace,
        "profile": f"auth-service.{project.namespace}.svc.cluster.local",
    }
    flags = [f"--config=resource-sources:{key}={value}" for key, value in config.items()]
    run = engine.Project(folder).judge("preview", *flags)
    assert run.status != 0
    return run.output


@pytest.mark.parametrize("source", SOURCES)
def test_a_bad_object_is_refused_however_it_is_written(said: str, source: str) -> None:
    assert re.search(rf"\[mandatory\] .*  {SOURCES[source]}  \(.*: {source}\)", said), said


def test_a_key_that_is_a_secret_passes(said: str) -> None:
    assert "secret-release)" not in said
    assert "Traceback" not in said


def test_a_range_of_versions_is_resolved_before_the_pack_sees_it(said: str) -> None:
    """So linkerd-chart-pinned has nothing to find: docs/policies-guide.md says so."""
    assert "Release ranged-release create" in said
    assert "ranged-release)" not in said


def test_nothing_else_is_refused(said: str) -> None:
    assert set(re.findall(r"\[mandatory\] .*\(\S+: (.+)\)", said)) == set(SOURCES), said
