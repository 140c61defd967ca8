"""Asks tools for their version, and remembers the answer while the file stays the same."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.toolchain import files, versions

TIMEOUT = 10.0  # seconds
A_DAY = 24 * 3600.0  # not longer: the tool behind a shim may change while the shim does not


class Probes:
    """Answers, kept in the JSON file ``store`` for a day each."""

    def __init__(self, store: Path, env: Mapping[str, str]) -> None:
        self._store = store
        self._env = {**env, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        self._known: dict[str, tuple[float, str | None]] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            # A missing or damaged file: every question is asked again.
            loaded = json.loads(store.read_text())
            self._known = {key: (float(at), answer) for key, (at, answer) in loaded.items()}

    def version(self, tool: Path, arguments: tuple[str, ...]) -> str | None:
        """The version that ``tool`` prints, or None if it prints none."""
        status = tool.stat()
        question = f"{tool} {' '.join(arguments)} {status.st_size} {status.st_mtime_ns}"
        return self.recall(question, lambda: self._ask(tool, arguments))

    def recall(self, question: str, answer: Callable[[], str | None]) -> str | None:
        """The answer to ``question`` of the last day, else a new one from ``answer``."""
        known = self._known.get(question)
        if known and 0 <= time.time() - known[0] < A_DAY:
            return known[1]
        self._known[question] = (time.time(), answer())
        files.write(self._store, json.dumps(self._known, indent=1))
        return self._known[question][1]

    def _ask(self, tool: Path, arguments: tuple[str, ...]) -> str | None:
        try:
            done = subprocess.run(
                [str(tool), *arguments],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = done.stdout.decode(errors="replace")
        return versions.find(text) if done.returncode == 0 else None
