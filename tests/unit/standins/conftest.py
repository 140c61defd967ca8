"""One plugin process of each package for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.standins.client import Plugin


@pytest.fixture(scope="module")
def random_plugin() -> Iterator[Plugin]:
    plugin = Plugin("random")
    yield plugin
    assert plugin.close() == 0


@pytest.fixture(scope="module")
def tls_plugin() -> Iterator[Plugin]:
    plugin = Plugin("tls")
    yield plugin
    assert plugin.close() == 0
