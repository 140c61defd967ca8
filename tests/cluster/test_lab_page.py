"""The page on the lab: what it calls deployed is in the cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd.api import Api
from tests.support import lab_page

SHOWN = {
    f"{each['kind']} {each['metadata']['name']} {number}": each
    for number, each in enumerate(lab_page.manifests("deployed"))
}


def is_part(shown: Any, stored: Any) -> bool:
    """Whether a manifest leaves out of another nothing but keys."""
    if isinstance(shown, dict) and isinstance(stored, dict):
        return all(key in stored and is_part(shown[key], stored[key]) for key in shown)
    if isinstance(shown, list) and isinstance(stored, list):
        return len(shown) == len(stored) and all(map(is_part, shown, stored))
    return bool(shown == stored)


@pytest.mark.parametrize("name", SHOWN)
def test_the_cluster_holds_what_the_page_shows(deployed: tuple[Project, Run], name: str) -> None:
    shown = SHOWN[name]
    metadata = shown["metadata"]
    group, _, version = shown["apiVersion"].rpartition("/")
    kind = f"{shown['kind']}.{version}.{group}" if group else shown["kind"]
    where = [f"--namespace={metadata['namespace']}"] if "namespace" in metadata else []
    stored = Api.of(deployed).get(kind, metadata["name"], *where)
    assert is_part(shown, stored)
