"""A gateway, the site and a browser for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import gateway, programs, site, webdriver


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    missing = programs.missing()
    if missing:
        pytest.exit(f"first: apt-get install {' '.join(missing)}", returncode=1)


@pytest.fixture
def played() -> Iterator[gateway.Gateway]:
    """A fresh gateway, which counts what it is asked."""
    with gateway.serve(gateway.Gateway()) as server:
        yield server


@pytest.fixture
def url(tmp_path: Path, played: gateway.Gateway) -> Iterator[str]:
    """The URL of the page."""
    with site.serve(tmp_path / "site", played.port) as address:
        yield address


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Browser]:
    """The one browser of the run."""
    with webdriver.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(window: webdriver.Browser, url: str) -> webdriver.Browser:
    """The browser with the page just loaded."""
    window.log()
    window.open(url)
    return window
