"""Parts of generated pages: the text between two marks, tables, and values in their cells."""

from __future__ import annotations

from typing import Any

import yaml


def filled(page: str, begin: str, end: str, text: str) -> str:
    """The page with ``text`` between its two marks. Raises ``ValueError`` without the marks."""
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page lacks {begin} or {end}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def table(lines: list[list[str]]) -> str:
    """A Markdown table; the first line is its head."""
    head, *body = lines
    every = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in every)


def value(plain: Any) -> str:
    """A value as code, in the form in which YAML has it on one line."""
    text = yaml.safe_dump([plain], default_flow_style=True, sort_keys=False, width=10_000)
    return f"`{text.strip()[1:-1]}`"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
