"""Reads YAML files and finds broken syntax, with line and column, and duplicate keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from components.findings import Finding


def read(path: Path) -> tuple[Any, list[Finding]]:
    """Read one YAML document.

    Returns the plain data, ``None`` when the file cannot be read at all, and what is wrong in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, [
            Finding(
                found="no such file",
                allowed="a YAML file",
                fix="Create it, or set `catalogue` in the stack's config to the file to use.",
            )
        ]
    except (OSError, UnicodeDecodeError) as error:
        return None, [_unreadable(error)]
    # JSON is YAML, except for its tabs, which are never part of a value.
    return parse(text.replace("\t", " ") if path.suffix == ".json" else text)


def parse(text: str) -> tuple[Any, list[Finding]]:
    """Parse one YAML document; see :func:`read`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        duplicates = list(_duplicates(node, ())) if node is not None else []
        return yaml.safe_load(text), duplicates
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(error)]
    except yaml.YAMLError as error:
        return None, [_unreadable(error)]


def is_project_file(root: Path, path: str) -> bool:
    """Whether the path, which starts from the project's folder ``root``, is a file inside it."""
    full = (root / path).resolve()
    return full.is_file() and full.is_relative_to(root.resolve())


def _duplicates(node: yaml.Node, path: tuple[str, ...]) -> Iterator[Finding]:
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _duplicates(child, (*path, str(index)))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, child in node.value:
            word = str(key.value)
            line = key.start_mark.line + 1
            if word in first:
                yield _duplicate((*path, word), first[word], line)
            first.setdefault(word, line)
            yield from _duplicates(child, (*path, word))


def _duplicate(path: tuple[str, ...], first: int, again: int) -> Finding:
    return Finding(
        path=".".join(path),
        found=f"the name twice, on lines {first} and {again}",
        allowed="each name once in its section",
        fix="Rename or delete one of them.",
    )


def _syntax(error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    return Finding(
        path=f"line {mark.line + 1}, column {mark.column + 1}" if mark else "",
        found=f"broken YAML: {error.problem or error.context}",
        allowed="well-formed YAML",
        fix="Correct the syntax there; a frequent cause is indentation or a missing quote.",
    )


def _unreadable(error: Exception) -> Finding:
    return Finding(
        found=f"not readable: {str(error).splitlines()[0]}",
        allowed="a YAML file in UTF-8",
        fix="Correct the file or its permissions.",
    )
