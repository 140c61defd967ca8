"""Every argument of every Helm release, for each Linkerd release, against what was reviewed.

``REWRITE_GOLDEN=1 .venv/bin/python -m pytest tests/unit/mesh/test_golden.py`` writes the files
anew; review them with ``git diff``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from commands.render.values import whole
from components.linkerd.releases import RELEASES
from tests.unit.mesh import variants

FOLDER = Path(__file__).parent / "golden"
WAYS = {"default": {}, "everything": {**variants.EVERYTHING}}


def _text(found: dict[str, dict[str, Any]]) -> str:
    # The mocks' certificates and keys are words such as "generated-key", not keys.
    text = json.dumps(whole(found), indent=2, sort_keys=True) + "\n"
    # Any change of a rule changes the name of their ConfigMap.
    return re.sub(r"(linkerd-platform)-[0-9a-f]{10}", r"\1-hash", text)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("release", RELEASES)
def test_helm_releases_have_the_reviewed_arguments(release: str, way: str) -> None:
    file = FOLDER / f"{release}-{way}.json"
    text = _text(variants.installed(release, **WAYS[way]))
    if os.environ.get("REWRITE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


def test_every_golden_file_is_read() -> None:
    expected = {f"{release}-{way}.json" for release in RELEASES for way in WAYS}
    assert {file.name for file in FOLDER.iterdir()} == expected
