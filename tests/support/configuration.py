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


def problems(
    root: Path, document: Any | None = None, text: str | None = None, **config: Any
) -> dict[str, Problem]:
    """The problems of a catalogue and a stack's config, by path."""
    text = text or yaml.safe_dump(catalogue() if document is None else document)
    (root / "services.yaml").write_text(text)
    full = {f"linkerd-platform:{key}": value for key, value in config.items()}
    with pytest.raises(ConfigurationError) as error:
        loading.load(project="linkerd-platform", stack="dev", config=as_engine(full), root=root)
    return {problem.path: problem for problem in error.value.problems}
