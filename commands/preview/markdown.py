"""The summary as a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from commands.preview import wording
from commands.preview.model import Change, Summary, Violation

LIMIT = 65_024
"""GitHub allows 65,536 characters in a comment. This limit is in bytes, which are never fewer.

The difference is for the hidden mark by which a pipeline finds its comment again.
"""

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#])")
# A name after an @ would be notified.
_AT = "&#64;"
_CUT_DIFF = "\n... cut here: {left} more lines are in {file}.\n"
_CUT_ROWS = "\nCut here: {left} more rows are in {file}.\n"
_TEXT_FILE = "`summary.json`"


def render(summary: Summary, diff: str, *, diff_file: str, limit: int = LIMIT) -> str:
    """The summary, and as much of the diff as fits into ``limit`` bytes of UTF-8.

    ``diff_file`` is the name of the file with the whole diff. Where rows do not fit, their number
    is given.
    """
    reserve = _size(_details("", "") + _CUT_DIFF.format(left=10**9, file=diff_file)) + 100
    text = _blocks(list(_parts(summary)), limit - reserve)
    if not diff.strip():
        return text
    return text + _details(*_fitting(diff, limit - _size(text) - reserve, diff_file))


def escape(text: str) -> str:
    """The text escaped for Markdown, on one line and safe in a table's cell."""
    flat = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", flat.replace("&", "&amp;")).replace("@", _AT)


def _parts(summary: Summary) -> Iterator[tuple[str, Sequence[str]]]:
    """Each block's head and rows."""
    yield f"### {escape(wording.headline(summary))}\n", []
    if summary.errors:
        yield f"\n#### ❌ {wording.ERRORS}\n\n", [_fenced(each) for each in summary.errors]
    if summary.losses:
        head = f"\n#### ⚠️ {wording.LOSSES[summary.kind]}\n\n"
        yield (
            head + _head("", "Where", "What", "What is lost", "Object"),
            [_row(each) for each in summary.losses],
        )
    if summary.kind == "preview":
        head = f"\n**{wording.POLICIES}:** {escape(wording.verdict(summary))}\n"
        yield head, [_violation(each) for each in summary.violations]
    if summary.others:
        head = f"\n#### {wording.CHANGES[summary.kind]}\n\n"
        yield head + _head("", "Where", "What", "Object"), [_row(each) for each in summary.others]
    if summary.warnings:
        yield f"\n#### {wording.WARNINGS}\n\n", [f"- {escape(each)}\n" for each in summary.warnings]


def _blocks(parts: Sequence[tuple[str, Sequence[str]]], limit: int) -> str:
    """The blocks, each with all rows that still fit."""
    text = ""
    room = limit - sum(_size(head + _CUT_ROWS) + 100 for head, _ in parts)
    for head, rows in parts:
        fitting = []
        for row in rows:
            if _size(row) > room:
                break
            room -= _size(row)
            fitting.append(row)
        left = len(rows) - len(fitting)
        text += head + "".join(fitting)
        text += _CUT_ROWS.format(left=left, file=_TEXT_FILE) if left else ""
    return text


def _violation(violation: Violation) -> str:
    title = escape(wording.title(violation))
    sign = f"❌ **{title}**" if violation.stops else title
    return f"\n- {sign}\n\n{_quoted(violation.message)}"


def _head(*columns: str) -> str:
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"


def _row(change: Change) -> str:
    what = "<br>".join(_fact(*wording.words(fact)) for fact in change.facts)
    lost = ""
    if change.loss:
        words = escape(change.loss.text)
        lost = f" **{words}** |" if change.loss.is_data else f" {words} |"
    sign = f"`{wording.SIGNS[change.op]}`"
    objects = escape(wording.objects(change.objects))
    return f"| {sign} | {escape(change.subject)} | {what} |{lost} {objects} |\n"


def _fact(mark: str, words: str) -> str:
    return f"**{mark.strip()}** {escape(words)}" if mark else escape(words)


def _quoted(text: str) -> str:
    return "".join(f"  > {escape(line)}\n" for line in text.splitlines() if line.strip())


def _fenced(text: str) -> str:
    fence = _fence(text)
    return f"{fence}text\n{text}\n{fence}\n"


def _fence(text: str) -> str:
    """More backticks than the text has in a row."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return "`" * (longest + 1)


def _details(text: str, fence: str) -> str:
    summary = f"<summary>{wording.DIFF}</summary>"
    return f"\n<details>\n{summary}\n\n{fence}text\n{text}\n{fence}\n\n</details>\n"


def _fitting(diff: str, room: int, file: str) -> tuple[str, str]:
    """The diff's first lines that fit, and their fence."""
    fence = _fence(diff)
    lines, kept, size = diff.strip("\n").splitlines(), 0, 2 * len(fence)
    while kept < len(lines) and size + _size(lines[kept]) + 1 <= room:
        size += _size(lines[kept]) + 1
        kept += 1
    text = "\n".join(lines[:kept])
    left = len(lines) - kept
    return (text + _CUT_DIFF.format(left=left, file=file) if left else text), fence


def _size(text: str) -> int:
    return len(text.encode())
