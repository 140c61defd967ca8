"""The policy verdict of a run for machines: SARIF 2.1.0 and JUnit XML, from the event log."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from commands.reports import junit, sarif
from commands.reports.verdict import Verdict
from tools import paths

if TYPE_CHECKING:
    from linkerd_policies.framework.model import Rule

SARIF, JUNIT = "policies.sarif", "policies.junit.xml"


@contextmanager
def event_log() -> Iterator[Path]:
    """A private file for the engine's event log, deleted afterwards."""
    paths.LOCAL.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.LOCAL) as folder:
        yield Path(folder) / "events.jsonl"


def write(folder: Path, verdict: Verdict, rules: Sequence[Rule]) -> list[Path]:
    """Write both reports into ``folder``, and create it if needed. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / SARIF, folder / JUNIT]
    text = json.dumps(sarif.document(verdict, rules), indent=2, ensure_ascii=False)
    files[0].write_text(text + "\n", encoding="utf-8")
    files[1].write_bytes(junit.document(verdict, rules))
    return files
