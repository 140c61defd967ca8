"""Commands as the tests run them, and stacks of small programs for the real engine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import paths


@dataclass(frozen=True)
class Run:
    """How a command ended, and everything it printed."""

    code: int
    output: str

    def passed(self) -> str:
        """What a command printed that has to succeed."""
        assert self.code == 0, self.output[-5000:]
        return self.output


def run(
    command: Sequence[str | Path],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    text: str = "",
    seconds: int = 300,
) -> Run:
    """Run a command to its end, with ``text`` as its input."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Run(done.returncode, done.stdout)


class EngineStack:
    """A stack ``dev`` of one program of this project's modules, with a state of its own."""

    def __init__(self, folder: Path, program: str) -> None:
        """Make the stack in the folder. The real engine, providers and charts run it."""
        self.folder = folder
        (folder / "state").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: linkerd-platform\nruntime: python\n")
        (folder / "__main__.py").write_text(program)
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(paths.VENV / "bin"), str(paths.BIN), os.environ["PATH"]]),
            "PYTHONPATH": str(paths.ROOT),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.run("stack", "init", "dev").passed()

    def run(self, *arguments: str, text: str = "") -> Run:
        """Run a command of the engine's CLI."""
        command = [str(paths.BIN / "pulumi"), *arguments, "--non-interactive"]
        return run(command, self.folder, environment=self.environment, text=text)
