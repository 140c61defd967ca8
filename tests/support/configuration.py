"""A small catalogue, and the problems of a catalogue and a stack's config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config import loading
from components.config.problems import ConfigurationError, Problem
from tests.unit.components.program import as_engine

SERVICE: dict[str, Any] = {"image": "example/app:1"}
TWO = "\uff12"
"""A digit two that is not ASCII: Python's patterns and numbers take it for one."""


def catalogue(**services: Any) -> dict[str, Any]:
    return {"gateway": "web", "services": {"web": dict(SERVICE), **services}}


def loaded(
    root: Path, document: Any | None = None, text: str | None = None, **config: Any
) -> loading.Configuration:
    """A catalogue, which is written into ``root``, and a stack's config. Raises its problems."""
    text = text or yaml.safe_dump(catalogue() if document is None else document)
    (root / "services.yaml").write_text(text)
    full = as_engine({f"{loading.PROJECT}:{key}": value for key, value in config.items()})
    return loading.load(project=loading.PROJECT, stack="dev", config=full, root=root)


def problems(
    root: Path, document: Any | None = None, text: str | None = None, **config: Any
) -> dict[str, Problem]:
    """The problems of a catalogue and a stack's config, by path."""
    with pytest.raises(ConfigurationError) as error:
        loaded(root, document, text, **config)
    return {problem.path: problem for problem in error.value.problems}
