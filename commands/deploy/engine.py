"""The Pulumi engine, for one stack: the CLI rather than the Automation API.

The Automation API of the Python SDK (``pulumi.automation`` 3.272) lacks what is needed here:

- ``Stack.up`` always passes ``--yes --skip-preview`` (``_stack.py``), so nobody can look at the
  engine's preview and say no.
- ``EngineEvent`` (``events.py``) has the violations (``policyEvent``), but drops
  ``policyRemediationEvent``, ``policyAnalyzeSummaryEvent`` and ``policyAnalyzeStackSummaryEvent``:
  what a rule changed, and which rules passed. :mod:`commands.deploy.events` reads them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.deploy import events, logs, progress, yaml_files
from commands.deploy.backend import Backend
from commands.deploy.errors import DeployError
from commands.deploy.stack import ENCRYPTION, Stack
from tools import paths

SCRATCH = paths.LOCAL / "init"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Runs ``pulumi`` in the checkout, with the stack's backend and config file."""

    stack: Stack
    backend: Backend

    @property
    def _config_file(self) -> Path:
        return paths.LOCAL / self.stack.file.name if self._keeps_salt_apart else self.stack.file

    @property
    def _keeps_salt_apart(self) -> bool:
        """Whether the encryption salt stays out of git: only this checkout knows its passphrase."""
        return self.backend.is_ours and not self.stack.has_own_encryption

    def prepare(self) -> None:
        """Make sure that the stack exists in its backend, and its config file is up to date."""
        if self._keeps_salt_apart:
            self._prepare_apart()
        elif not self._exists():
            self._quiet(["stack", "init", self.stack.name, "--no-select"], cwd=paths.ROOT)

    def _prepare_apart(self) -> None:
        salt = SCRATCH / self.stack.file.name
        if not self._exists():
            SCRATCH.mkdir(parents=True, exist_ok=True)
            shutil.copy(paths.ROOT / "Pulumi.yaml", SCRATCH)
            salt.unlink(missing_ok=True)
            self._quiet(["stack", "init", self.stack.name, "--no-select"], cwd=SCRATCH)
        extra = salt.read_text(encoding="utf-8") if salt.exists() else ""
        text = self.stack.file.read_text(encoding="utf-8")
        self._config_file.write_text(f"{text.rstrip()}\n{extra}", encoding="utf-8")

    def _exists(self) -> bool:
        listed = json.loads(self._quiet(["stack", "ls", "--json"], cwd=paths.ROOT) or "[]")
        return any(entry["name"].rpartition("/")[2] == self.stack.name for entry in listed)

    def run(
        self,
        command: str,
        *options: str,
        log: Path,
        config_file: Path | None = None,
        previewed: Iterable[events.Event] = (),
        hides: Callable[[str], bool] = lambda _: False,
    ) -> tuple[int, str]:
        """Run an operation on the stack, and show how far it is, or its output with VERBOSE=1.

        Returns the exit code and the output, which always goes to :func:`logs.file`. The engine's
        events go to the file ``log``. ``config_file`` replaces the stack's own. ``previewed`` are
        the events of a preview of the same. From the first line on that ``hides`` finds, the output
        is neither returned nor kept.
        """
        arguments, environment = self._operation(command, options, log, config_file)
        said: list[str] = []
        hidden, verbose = False, logs.is_verbose()
        with (
            logs.written(command, self.stack.name) as output,
            nullcontext() if verbose else progress.shown(command, log, previewed),
            subprocess.Popen(
                arguments,
                cwd=paths.ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    hidden = hidden or hides(line)
                    if hidden:
                        continue
                    output.write(line)
                    said.append(line)
                    if verbose:
                        sys.stderr.write(line)
            except BaseException:
                process.kill()
                raise
        return process.returncode, "".join(said)

    def recorded(self, command: str, *options: str, log: Path) -> subprocess.CompletedProcess[str]:
        """Run an operation with its events in the file ``log``, and return its output.

        Meanwhile, it is shown how far the operation is.
        """
        arguments, environment = self._operation(command, options, log)
        with (
            logs.written(command, self.stack.name) as output,
            progress.shown(command, log),
        ):
            done = subprocess.run(
                arguments,
                cwd=paths.ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            output.write(logs.plain(done.stdout) + done.stderr)
        return done

    def write_encryption(self, file: Path) -> None:
        """Write a config file with the stack's encryption, which opens its state, and no config."""
        document = yaml_files.read(self._config_file)
        found = {key: document[key] for key in ENCRYPTION if key in document}
        file.write_text(yaml_files.dump(found), encoding="utf-8")

    def _operation(
        self,
        command: str,
        options: Sequence[str],
        log: Path,
        config_file: Path | None = None,
    ) -> tuple[list[str], dict[str, str]]:
        """The command line, and its environment."""
        arguments = [
            *("pulumi", command, "--stack", self.stack.name),
            *("--config-file", str(config_file or self._config_file), *options),
            *events.options(log),
        ]
        return arguments, {**self.backend.environment, **events.ENVIRONMENT}

    def state(self) -> dict[str, Any]:
        """The stack's state, with its secrets encrypted; empty before the first run."""
        text = self._quiet(["stack", "export", "--stack", self.stack.name], cwd=paths.ROOT)
        deployment = json.loads(text).get("deployment") or {}
        return deployment if isinstance(deployment, dict) else {}

    def config(self) -> dict[str, str]:
        """The stack's config, decrypted, as a program gets it: full keys, with text or JSON."""
        text = self._quiet(
            [
                *("config", "--json", "--show-secrets", "--stack", self.stack.name),
                *("--config-file", str(self._config_file)),
            ],
            cwd=paths.ROOT,
        )
        return {key: str(entry["value"]) for key, entry in json.loads(text).items()}

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; empty before the first run."""
        text = self._quiet(
            ["stack", "output", "--json", "--stack", self.stack.name], cwd=paths.ROOT
        )
        outputs = json.loads(text)
        return outputs if isinstance(outputs, dict) else {}

    def history(self, limit: int = 50) -> list[dict[str, Any]]:
        """The stack's last operations that ended, the latest first."""
        text = self._quiet(
            ["stack", "history", "--json", "--page-size", str(limit), "--stack", self.stack.name],
            cwd=paths.ROOT,
        )
        found: list[dict[str, Any]] = json.loads(text) or []
        return found

    def forget(self) -> None:
        """Delete the stack and its state, because its cluster is gone."""
        arguments = ["stack", "rm", self.stack.name, "--yes", "--force", "--preserve-config"]
        self._quiet(arguments, cwd=paths.ROOT)

    def cancel(self) -> None:
        """Remove the lock of a dead run."""
        self._quiet(["cancel", "--yes", "--stack", self.stack.name], cwd=paths.ROOT)

    def edit_state(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the stack's state, whose secrets stay encrypted."""
        text = self._quiet(["stack", "export", "--stack", self.stack.name], cwd=paths.ROOT)
        document = json.loads(text)
        change(document["deployment"])
        arguments = ["stack", "import", "--stack", self.stack.name]
        self._quiet(arguments, cwd=paths.ROOT, stdin=json.dumps(document))

    def refresh(self, urns: Sequence[str]) -> None:
        """Read these resources anew from the cluster into the state."""
        targets = [f"--target={urn}" for urn in urns]
        arguments = ["refresh", "--yes", "--skip-preview", "--stack", self.stack.name]
        file = ["--config-file", str(self._config_file)]
        self._quiet([*arguments, *file, "--non-interactive", *targets], cwd=paths.ROOT)

    def _quiet(self, arguments: Sequence[str], *, cwd: Path, stdin: str = "") -> str:
        result = subprocess.run(
            ["pulumi", *arguments],
            cwd=cwd,
            env=dict(self.backend.environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            said = "\n".join((result.stdout.strip(), result.stderr.strip())).strip()
            raise DeployError(f"`pulumi {arguments[0]}` failed:\n{said[-4000:]}")
        return result.stdout
