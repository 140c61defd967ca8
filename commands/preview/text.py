"""The summary for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import indent

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from commands.preview import wording
from commands.preview.model import Change, Summary

_STYLES = {"security": "bold yellow", "certificate": "bold cyan"}


def show(console: Console, summary: Summary, diff: str) -> None:
    """Print the summary, the most serious first, then the engine's diff, which may be coloured."""
    console.print(Text(wording.headline(summary), style="bold"))
    for part in _parts(summary):
        console.print()
        # Sentences are not wrapped, so that they can be searched and copied.
        console.print(part, soft_wrap=isinstance(part, Text))
    if diff.strip():
        console.print()
        console.print(Text(wording.DIFF, style="bold"))
        console.print(Text.from_ansi(diff), soft_wrap=True)


def _parts(summary: Summary) -> Iterator[Text | Table]:
    if summary.errors:
        yield _paragraphs(Text(wording.ERRORS, style="bold red"), summary.errors)
    if summary.losses:
        yield _table(wording.LOSSES[summary.kind].upper(), summary.losses, "bold red", is_loss=True)
    if summary.kind == "preview":
        yield _policies(summary)
    if summary.others:
        yield _table(wording.CHANGES[summary.kind], summary.others, "bold")
    if summary.warnings:
        yield _paragraphs(Text(wording.WARNINGS, style="yellow"), summary.warnings)


def _paragraphs(title: Text, texts: Sequence[str]) -> Text:
    return Text("\n").join([title, *(Text(indent(text, "  ")) for text in texts)])


def _policies(summary: Summary) -> Text:
    lines = [Text.assemble((f"{wording.POLICIES}: ", "bold"), wording.verdict(summary))]
    for violation in summary.violations:
        style = "bold red" if violation.stops else "yellow"
        lines.append(Text(f"  {wording.title(violation)}", style=style))
        lines.append(Text(indent(violation.message, "      ")))
    return Text("\n").join(lines)


def _table(title: str, changes: Sequence[Change], style: str, *, is_loss: bool = False) -> Table:
    table = Table(title=title, title_justify="left", title_style=style, show_lines=is_loss)
    table.add_column("")
    for column in ("Where", "What", *(["What is lost"] if is_loss else []), "Object"):
        table.add_column(column, overflow="fold")
    for change in changes:
        cells: list[RenderableType] = [
            Text(wording.SIGNS[change.op]),
            Text(change.subject),
            _what(change),
        ]
        if change.loss:
            cells.append(Text(change.loss.text, style="bold red" if change.loss.is_data else ""))
        table.add_row(*cells, Text(wording.objects(change.objects)))
    return table


def _what(change: Change) -> Text:
    """One line for each fact, with its mark."""
    lines = []
    for fact in change.facts:
        mark, words = wording.words(fact)
        lines.append(Text.assemble((mark, _STYLES.get(fact.mark, "")), words))
    return Text("\n").join(lines)
