"""The whole platform on a cluster of its own, for all cluster tests of one run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.checkout import Project, Run


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Run]]:
    """A copy of the project after its first ``make up``, and what that printed."""
    project = Project.create(tmp_path_factory.mktemp("platform") / "project")
    try:
        yield project, project.deploy("up")
    finally:
        project.remove_cluster()


@pytest.fixture
def platform(deployed: tuple[Project, Run]) -> Project:
    """The deployed copy. A test that changes it changes it back."""
    project, run = deployed
    assert run.code == 0, run.output[-5000:]
    return project
