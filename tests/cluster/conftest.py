"""The whole platform on a cluster of its own, for all cluster tests of one process.

``make test`` runs the files in two processes, each with a platform of its own: a file leaves the
platform as it found it, and files can run in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.checkout import Project, Run

HERE = Path(__file__).parent
LONGEST = (
    "lifecycle",
    "changes",
    "identity",
    "mesh",
    "workflow_steps",
    "canary_owners",
    "guards",
    "tutorial",
    "rollback",
    "preview_summary",
    "autoscaling",
    "online_boutique",
    "local_cluster",
    "load_generator",
)
"""The files that take longest. They run first, so that both processes end at about one time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort this folder's tests by :data:`LONGEST`, and leave other tests where they are."""
    places = [place for place, item in enumerate(items) if item.path.parent == HERE]
    ordered = sorted((items[place] for place in places), key=_rank)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def _rank(item: pytest.Item) -> int:
    name = item.path.stem.removeprefix("test_")
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session", autouse=True)
def one_write_of_the_state() -> Iterator[None]:
    """Let the engine write a stack's state once, when a run ends, and not twice a resource.

    That is a third of a first run's time. What it costs is the state of a run that is killed:
    a test that kills one unsets the variable.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")
        yield


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
