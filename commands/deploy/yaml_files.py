"""YAML files that people wrote: read, and changed with their comments kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def read(file: Path) -> Any:
    """The document, an empty mapping where the file is empty."""
    return _yaml().load(file.read_text(encoding="utf-8")) or {}


@contextmanager
def edited(file: Path) -> Iterator[Any]:
    """The document, written back when the block ends well."""
    document = read(file)
    yield document
    with file.open("w", encoding="utf-8") as out:
        _yaml().dump(document, out)
