"""Refusals of a file that people wrote, each with what was found and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from commands.deploy.errors import DeployError
from components.config import documents
from components.config.problems import located, render, shown
from components.findings import Finding

MAPPING = "a mapping of keys to values"


def document(file: Path) -> Any:
    """The file's document, as plain data. Raises :class:`DeployError` for what is no YAML."""
    found, findings = documents.read(file)
    if findings:
        raise findings_in(file, findings)
    return found


def findings_in(file: Path, findings: Iterable[Finding]) -> DeployError:
    """The error with all these findings in the file."""
    return DeployError(render(located(file.name, findings)))


def wrong_value(file: Path, path: str, found: object, allowed: str = MAPPING) -> DeployError:
    """The error about a value of another kind; an empty ``path`` means the whole file."""
    wrong = Finding(path=path, found=shown(found), allowed=allowed, fix="Correct the value.")
    return findings_in(file, [wrong])
