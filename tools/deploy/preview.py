"""``make preview``: the engine's preview, with the reviewer's summary in front."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from tools.deploy import events
from tools.deploy.engine import Engine
from tools.deploy.errors import DeployError
from tools.preview import as_json, markdown, text
from tools.preview.model import Result, Summary
from tools.preview.reading import read
from tools.preview.summary import summarise

Format = Literal["text", "markdown", "json"]
FORMATS: tuple[Format, ...] = ("text", "markdown", "json")
WIDTH = 110
MARKDOWN_FILE, JSON_FILE, DIFF_FILE = "summary.md", "summary.json", "full-diff.txt"
EXIT_CODES = """\
exit codes of a preview: 0 done, 1 an error (in the arguments, too), 3 stopped by a policy;
with --exit-code also 2 where something would change, so that 0 means that nothing would
"""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How the summary is to be given.

    ``out`` is a folder for all three files, none for no files. ``exit_code``: whether the exit code
    tells that something would change.
    """

    format: Format = "text"
    out: Path | None = None
    exit_code: bool = False


def run(engine: Engine, options: Sequence[str], wanted: Wanted, log: Path) -> Result:
    """Preview the stack, with the engine's further options, and tell what it says.

    The engine's events go to the file ``log``. Raises :class:`DeployError` where the folder for the
    files cannot be written.
    """
    print(f"Previewing stack {engine.stack.name}...", file=sys.stderr)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    coloured = wanted.format == "text" and console.is_terminal and not console.no_color
    colour = ("--color", "always" if coloured else "never")
    summary, diff = _previewed(engine, [*options, *colour], log)
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


def _previewed(engine: Engine, options: Sequence[str], log: Path) -> tuple[Summary, str]:
    done = engine.recorded("preview", *options, "--diff", "--suppress-outputs", log=log)
    summary = summarise(engine.stack.name, read(events.read(log)))
    if done.returncode and summary.result.succeeded:
        # The engine did not come so far as to record why.
        said = done.stderr.strip() or f"The engine ended with code {done.returncode}."
        summary = replace(summary, errors=[said[-4000:]])
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
