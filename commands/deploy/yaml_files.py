"""YAML files that people wrote: read, and changed with their comments, quotes and order kept."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import StringMark
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString
from ruamel.yaml.tokens import CommentToken

_START = StringMark("", 0, 0, 0, "", 0)
_EMPTY_LINE = re.compile("^\n", re.MULTILINE)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # long lines stay as they are
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def load(text: str) -> Any:
    """The document, an empty mapping if the text is empty."""
    return _yaml().load(text) or {}


def dump(document: Any) -> str:
    """The document as text; what was not changed looks as it did."""
    out = io.StringIO()
    _yaml().dump(document, out)
    return out.getvalue()


def read(file: Path) -> Any:
    """The file's document, an empty mapping if the file is empty."""
    return load(file.read_text(encoding="utf-8"))


@contextmanager
def edited(file: Path) -> Iterator[Any]:
    """The document, written back when the block ends without an exception."""
    document = read(file)
    yield document
    file.write_text(dump(document), encoding="utf-8")


def flow(value: Any) -> Any:
    """The value, to be written on one line: ``[a, b]`` or ``{a: b}``."""
    found = CommentedMap(value) if isinstance(value, dict) else CommentedSeq(value)
    found.fa.set_flow_style()
    return found


def insert_after(mapping: CommentedMap, key: str, new: str, value: Any) -> None:
    """Put a scalar or a value of :func:`flow` after a key; comments that follow it follow both."""
    following = _detach(mapping, key)
    mapping.insert(list(mapping).index(key) + 1, new, value)
    if following:
        mapping.ca.items[new] = [None, None, _comment(f"\n{following}"), None]


def append(sequence: CommentedSeq, value: Any) -> None:
    """Put a scalar at the end of a list; comments that follow the list still do."""
    following = _detach(sequence, len(sequence) - 1) if sequence else ""
    sequence.append(value)
    if following:
        sequence.ca.items[len(sequence) - 1] = [_comment(f"\n{following}"), None, None, None]


def append_block(mapping: CommentedMap, new: str, value: CommentedMap) -> None:
    """Put a block at the end of a mapping of blocks, after an empty line.

    Comments after an empty line follow the new block. The block ends with a list of :func:`flow`.
    """
    following = _detach(mapping, list(mapping)[-1], after_empty_line=True)
    mapping[new] = value
    mapping.ca.items[new] = [None, [_comment("\n")], None, None]
    if following:
        last = value[list(value)[-1]].ca
        last.comment, last.end = [None, None], [_comment(following)]


def _comment(text: str) -> CommentToken:
    return CommentToken(text, _START, None)


def _detach(container: Any, key: Any, *, after_empty_line: bool = False) -> str:
    """Take the lines of comments, and empty ones, that follow the value of the container's key.

    ruamel.yaml keeps them with the last thing before them, which is somewhere inside the value. A
    comment on the value's own last line stays, and the lines up to the first empty one if asked.
    """
    value = container[key]
    while isinstance(value, CommentedMap | CommentedSeq) and not value.fa.flow_style():
        if value.ca.end or not value:
            text = "".join(map(_line, value.ca.end))
            kept, following = _split(text, after_empty_line=after_empty_line)
            value.ca.end = [_comment(kept)] if kept else []
            return following
        container, key = value, list(value)[-1] if isinstance(value, dict) else len(value) - 1
        value = container[key]
    slots, slot = container.ca.items.get(key) or [None] * 4, 2 if isinstance(key, str) else 0
    if slots[slot] is None:
        return ""
    text, is_text = slots[slot].value, isinstance(value, LiteralScalarString | FoldedScalarString)
    own, newline, rest = ("", "", text) if is_text else text.partition("\n")
    kept, following = _split(rest, after_empty_line=after_empty_line)
    kept = own + newline + kept
    slots[slot] = _comment(kept) if kept else None
    return following


def _line(token: CommentToken) -> str:
    return f"{' ' * token.start_mark.column}{token.value}" if token.value.strip() else "\n"


def _split(text: str, *, after_empty_line: bool) -> tuple[str, str]:
    found = _EMPTY_LINE.search(text) if after_empty_line else None
    start = found.start() if found else 0
    return text[:start], text[start:]
