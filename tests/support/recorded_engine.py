"""A preview with an engine that repeats a recording."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from commands.deploy import preview, summary
from commands.deploy.engine import Engine
from tests.unit.preview.recordings import recording


@dataclass
class Recorded:
    """An engine that says what it said in a recording; without a name, nothing at all."""

    name: str | None
    code: int = 0
    stack: Any = field(default_factory=lambda: SimpleNamespace(name="local"))

    def recorded(self, command: str, *options: str, log: Path) -> subprocess.CompletedProcess[str]:
        assert command == "preview"
        assert {"--policy-pack", "--diff"} < set(options)
        if self.name is None:
            return subprocess.CompletedProcess([], self.code, "", "error: unknown flag\n")
        found, diff = recording(self.name)
        log.write_text("".join(f"{json.dumps(each)}\n" for each in found), encoding="utf-8")
        return subprocess.CompletedProcess([], self.code, diff, "")


def run(
    engine: Recorded,
    log: Path,
    *,
    exit_code: bool = False,
    plan: Path | None = None,
    **form: Any,
) -> int:
    options: Sequence[str] = ["--policy-pack", "policy"]
    how = summary.Form(**form)
    result = preview.preview(cast(Engine, engine), options, how, log, plan=plan)
    return preview.code(result, counts_changes=exit_code)
