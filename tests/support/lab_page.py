"""The manifests and the tests that ``docs/lab.md`` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tools import paths

TEXT = (paths.ROOT / "docs" / "lab.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"```yaml\n# (.*)\n([\s\S]*?)```")


def manifests(whose: str) -> list[dict[str, Any]]:
    """All manifests whose block begins with this comment; there have to be some."""
    found = [each for head, text in _blocks() if head == whose for each in yaml.safe_load_all(text)]
    assert found, whose
    return found


def stopped() -> dict[str, list[dict[str, Any]]]:
    """The lab's manifests that a policy stops, by the policy's name."""
    prefix = "the lab's, stopped by "
    return {
        head.removeprefix(prefix): list(yaml.safe_load_all(text))
        for head, text in _blocks()
        if head.startswith(prefix)
    }


def named_tests() -> list[tuple[str, str]]:
    """File and name of each test that the page refers to."""
    return re.findall(r"`(tests/\S+\.py)::(\w+)`", TEXT)


def _blocks() -> Iterator[tuple[str, str]]:
    for match in _BLOCK.finditer(TEXT):
        yield match[1], match[2]
