"""The settings that the documentation shows: each example is one that a stack accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from components.config.rules import table
from components.config.rules.context import StackContext
from components.config.stack.settings import Settings
from tools import paths

PREFIX = "linkerd-platform:"
_BLOCK = re.compile(r"^```ya?ml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples() -> Iterator[Any]:
    """Each example of a stack's config, with its file and its first line."""
    for page in (paths.ROOT / "README.md", *sorted((paths.ROOT / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for block in _BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            for document in yaml.safe_load_all(block[1]):
                config = document.get("config", document) if isinstance(document, dict) else {}
                found = {k: v for k, v in config.items() if str(k).startswith(PREFIX)}
                if found:
                    yield pytest.param(found, id=f"{page.name}:{line}")


@pytest.mark.parametrize("config", [*examples()])
def test_a_documented_setting_is_accepted(config: dict[str, Any]) -> None:
    raw = {key.removeprefix(PREFIX): _clear(value) for key, value in config.items()}
    context = StackContext(settings=Settings.model_validate(raw))
    assert not [*table.findings(table.SETTINGS, context)]


def _clear(value: Any) -> Any:
    """The value with each encrypted text as the engine hands it over, and with whole digests."""
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return "a secret"
        return {key: _clear(inner) for key, inner in value.items()}
    # The pages shorten digests.
    return value.replace("sha256:...", f"sha256:{'0' * 64}") if isinstance(value, str) else value


def test_the_documentation_has_examples() -> None:
    assert len([*examples()]) > 5
