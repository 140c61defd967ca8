"""A volume's size that Kubernetes would refuse to change is told before anything is changed."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.cluster.volumes import Deployed, sizes_are_kept
from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.findings import Finding
from tests.support.configuration import SERVICE, catalogue
from tests.unit.components import program


def found(deployed: Deployed, **settings: Any) -> list[Finding]:
    document = catalogue(queue={**SERVICE, "storage": {"path": "/data", "size": "5Gi"}})
    database = {"kind": "postgresql", "database": "shop", "storage": "20Gi"}
    document["stores"] = {"db": {**database, "backup": {"storage": "2Gi"}}}
    read = Catalogue.model_validate(document)
    return list(sizes_are_kept(Settings.model_validate(settings), read, deployed))


@pytest.mark.parametrize(
    "deployed",
    [
        Deployed(),
        Deployed(templates={"db": "20Gi", "queue": "5120Mi", "others": "1Gi"}),
        Deployed(claims={"db-backup": "1Gi", "data-db-0": "1Gi"}),
        Deployed(templates={"db": "2e10"}),
    ],
)
def test_volumes_that_stay(deployed: Deployed) -> None:
    assert found(deployed) == []


@pytest.mark.parametrize(
    ("deployed", "path", "fix"),
    [
        (Deployed(templates={"db": "1Gi"}), "stores.db.storage", "--cascade=orphan"),
        (Deployed(templates={"db": "1Gi"}), "stores.db.storage", "patch pvc data-db-0"),
        (Deployed(templates={"db": "50Gi"}), "stores.db.storage", "back to 50Gi"),
        (Deployed(templates={"queue": "1Gi"}), "services.queue.storage.size", "5Gi"),
        (Deployed(templates={"queue": "1Ti"}), "services.queue.storage.size", "back to 1Ti"),
        (Deployed(claims={"db-backup": "3Gi"}), "stores.db.backup.storage", "back to 3Gi"),
    ],
)
def test_volumes_that_cannot_change(deployed: Deployed, path: str, fix: str) -> None:
    (finding,) = found(deployed)
    assert finding.path == path
    assert fix in finding.fix


def test_an_operator_changes_its_volumes_itself() -> None:
    operated = {"db": {"operator": "cloudnative-pg"}}
    assert found(Deployed(templates={"db": "1Gi"}), stores=operated) == []


def test_the_problem_stops_the_program() -> None:
    deployed = Deployed(templates={"user-db": "50Gi"})
    with pytest.raises(pulumi.RunError, match=r"services\.yaml: stores\.user-db\.storage"):
        program.run("local", found_volumes=deployed)
