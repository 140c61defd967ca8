"""Fixtures for the tests of the whole program."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest
from pulumi.runtime.mocks import MockMonitor

Key: TypeAlias = tuple[str, str]


@pytest.fixture
def ignored(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], list[str]]:
    """The fields that the engine is told to leave alone, by type and name of the resource."""
    found: dict[tuple[str, str], list[str]] = {}
    register: Any = MockMonitor.RegisterResource

    def watched(self: MockMonitor, request: Any) -> Any:
        if request.ignoreChanges:
            found[request.type, request.name] = list(request.ignoreChanges)
        return register(self, request)

    monkeypatch.setattr(MockMonitor, "RegisterResource", watched)
    return found


@pytest.fixture
def dependencies(monkeypatch: pytest.MonkeyPatch) -> dict[Key, set[Key]]:
    """What the engine creates before each resource; both by their type and name."""
    found: dict[Key, set[Key]] = {}
    register: Any = MockMonitor.RegisterResource

    def watched(self: MockMonitor, request: Any) -> Any:
        before = (urn.rpartition("$")[2].rpartition("::") for urn in request.dependencies)
        found[request.type, request.name] = {(kind, name) for kind, _, name in before}
        return register(self, request)

    monkeypatch.setattr(MockMonitor, "RegisterResource", watched)
    return found
