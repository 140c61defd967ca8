"""``make preview``: the engine's preview, with the reviewer's summary in front."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from commands.deploy import events, plan
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.preview import as_json, markdown, text
from commands.preview.model import Of, Result, Summary
from commands.preview.reading import read, read_drift
from commands.preview.summary import summarise

Format = Literal["text", "markdown", "json"]
FORMATS: tuple[Format, ...] = ("text", "markdown", "json")
WIDTH = 110
MARKDOWN_FILE, JSON_FILE, DIFF_FILE = "summary.md", "summary.json", "full-diff.txt"
EXIT_CODES = """\
exit codes of a preview: 0 done, 1 an error (in the arguments, too), 3 stopped by a policy;
with --exit-code also 2 where something would change, so that 0 means that nothing would
exit codes of drift: 0 the cluster is as it was left, 1 an error, 2 it is not
"""
COMMANDS: Mapping[Of, Sequence[str]] = {
    "preview": ("preview",),
    # The state alone is compared, not the program: what waits for its deployment is no drift.
    "drift": ("refresh", "--preview-only"),
}

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How the summary is to be given.

    ``out`` is a folder for all three files, none for no files. ``exit_code``: whether the exit code
    tells that something would change. ``plan`` is a file for the engine's plan.
    """

    format: Format = "text"
    out: Path | None = None
    exit_code: bool = False
    plan: Path | None = None


def run(engine: Engine, options: Sequence[str], wanted: Wanted, log: Path) -> Result:
    """Preview the stack, with the engine's further options, and tell what it says.

    The engine's events go to the file ``log``. Raises :class:`DeployError` where the folder for the
    files cannot be written.
    """
    print(f"Previewing stack {engine.stack.name}...", file=sys.stderr)
    if wanted.plan is None:
        return _run("preview", engine, options, wanted, log)
    made = log.with_name(plan.NAME)
    result = _run("preview", engine, [*options, "--save-plan", str(made)], wanted, log)
    left = plan.save(wanted.plan, made, succeeded=result.succeeded)
    if left:
        print(
            f"No plan is kept: the run will decide values of {', '.join(left)}. `make up` without "
            "PLAN shows a preview of its own.",
            file=sys.stderr,
        )
    return result


def drift(engine: Engine, wanted: Wanted, log: Path) -> Result:
    """Tell what the cluster has other than the stack's state says; both stay as they are.

    The rest is as in :func:`run`.
    """
    print(f"Comparing the cluster with stack {engine.stack.name}...", file=sys.stderr)
    return _run("drift", engine, (), wanted, log)


def _run(of: Of, engine: Engine, options: Sequence[str], wanted: Wanted, log: Path) -> Result:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    coloured = wanted.format == "text" and console.is_terminal and not console.no_color
    colour = ("--color", "always" if coloured else "never")
    summary, diff = _summarised(of, engine, [*options, *colour], log)
    if wanted.out is not None:
        _write(wanted.out, summary, _ANSI.sub("", diff))
    if wanted.format == "text":
        text.show(console, summary, diff)
    elif wanted.format == "markdown":
        print(markdown.render(summary, diff, diff_file=f"`{DIFF_FILE}`"), end="")
    else:
        print(as_json.render(summary), end="")
    return summary.result


def exit_code(result: Result, wanted: Wanted) -> int:
    """The result's code; a change is told only where that is wanted."""
    if result is Result.CHANGES and not wanted.exit_code:
        return 0
    return result.value


def _summarised(of: Of, engine: Engine, options: Sequence[str], log: Path) -> tuple[Summary, str]:
    arguments = (*COMMANDS[of], *options, "--diff", "--suppress-outputs")
    done = engine.recorded(*arguments, log=log)
    said = events.read(log)
    recording = read(said) if of == "preview" else read_drift(said)
    summary = summarise(engine.stack.name, recording, of=of)
    if done.returncode and summary.result.succeeded:
        # The engine did not come so far as to record why.
        why = done.stderr.strip() or f"The engine ended with code {done.returncode}."
        summary = replace(summary, errors=[why[-4000:]])
    return summary, done.stdout


def _write(folder: Path, summary: Summary, diff: str) -> None:
    files = {
        MARKDOWN_FILE: markdown.render(summary, diff, diff_file=f"`{DIFF_FILE}`"),
        JSON_FILE: as_json.render(summary),
        DIFF_FILE: diff,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise DeployError(f"The summary cannot be written to {folder}: {error.strerror}") from None
