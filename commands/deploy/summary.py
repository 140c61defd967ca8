"""The reviewer's summary of a preview or of drift: from a run of the engine to text and files."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from commands.console import console
from commands.deploy import events, logs
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.preview import as_json, markdown, text
from commands.preview.model import Result, Summary, SummaryKind
from commands.preview.reading import read, read_drift
from commands.preview.summary import summarise

Format = Literal["text", "markdown", "json"]
FORMATS: tuple[Format, ...] = ("text", "markdown", "json")
WIDTH = 110
MARKDOWN_FILE, JSON_FILE, DIFF_FILE = "summary.md", "summary.json", "full-diff.txt"
EXIT_CODES = """\
exit codes of preview: 0 done, 1 an error (in the arguments, too), 3 stopped by a policy;
with --exit-code also 2: something would change, so that 0 means that nothing would
exit codes of drift: 0 nothing differs, 1 an error, 2 something differs
"""
_COMMANDS: Mapping[SummaryKind, Sequence[str]] = {
    "preview": ("preview",),
    # Compares the cluster with the state, not with the program: undeployed changes are no drift.
    "drift": ("refresh", "--preview-only"),
}
_PROPOSALS: Mapping[str, Sequence[str]] = {
    "up": ("preview",),
    "destroy": ("destroy", "--preview-only"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the summary is given: the format on standard output, and a folder for all files."""

    format: Format = "text"
    out: Path | None = None


def only_output(format: Format) -> AbstractContextManager[object]:
    """Keep standard output free of all but the summary, where a program reads it."""
    return redirect_stdout(sys.stdout if format == "text" else sys.stderr)


def summarised(
    kind: SummaryKind, engine: Engine, options: Sequence[str], form: Form, log: Path
) -> Result:
    """Run the engine's preview, or its comparison for ``drift``, and show the summary.

    ``options`` are further ones of the engine, whose events go to the file ``log``. Raises
    :class:`DeployError` where the folder for the files cannot be written.
    """
    out = console(WIDTH)
    coloured = form.format == "text" and out.is_terminal and not out.no_color
    colour = ("--color", "always" if coloured else "never")
    command = _COMMANDS[kind]
    summary, diff = _summarised(kind, engine, [*command, *options, *colour], log)
    if form.out is not None:
        _write(form.out, summary, logs.plain(diff))
    if form.format == "text":
        text.show(out, summary, diff if logs.is_verbose() else "")
        print(f"\n{logs.named(command[0], engine.stack.name)} VERBOSE=1 shows it here.")
    elif form.format == "markdown":
        print(markdown.render(summary, diff, diff_file=f"`{DIFF_FILE}`"), end="")
    else:
        print(as_json.render(summary), end="")
    return summary.result


def proposed(engine: Engine, command: str, options: Sequence[str], log: Path) -> Summary:
    """What the engine's ``up`` or ``destroy`` would do; its events go to the file ``log``."""
    arguments = [*_PROPOSALS[command], *options, "--color", "never"]
    return _summarised("preview", engine, arguments, log)[0]


def _summarised(
    kind: SummaryKind, engine: Engine, arguments: Sequence[str], log: Path
) -> tuple[Summary, str]:
    command, *options = arguments
    options += [each for each in ("--diff", "--suppress-outputs") if each not in options]
    done = engine.recorded(command, *options, log=log)
    said = events.read(log)
    recording = read(said) if kind == "preview" else read_drift(said)
    summary = summarise(engine.stack.name, recording, kind=kind)
    if done.returncode and summary.result.succeeded:
        # The engine failed before it recorded why.
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
