"""Pages of which a part is generated: what stands between two marks."""

from __future__ import annotations


def filled(page: str, begin: str, end: str, text: str) -> str:
    """The page with the text between its two marks. Raises ``ValueError`` without the marks."""
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page lacks {begin} or {end}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def table(lines: list[list[str]]) -> str:
    """A Markdown table; the first line is its head."""
    head, *body = lines
    every = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in every)
