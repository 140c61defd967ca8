"""A fixture for the tests of the whole program."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.mocks import MockMonitor


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
