"""YAML files read with their mistakes: syntax with line and column, duplicate keys by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from components.config.problems import Problem


def read(path: Path, name: str) -> tuple[Any, list[Problem]]:
    """Read one YAML document.

    ``name`` is how messages call the file. Returns the plain data (``None`` when the file cannot
    be read at all) and the problems found.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, [
            Problem(
                file=name,
                path="(the file)",
                found="no such file",
                allowed="a YAML file",
                fix="Create it, or set `catalogue` in the stack's config to the file to use.",
            )
        ]
    except (OSError, UnicodeDecodeError) as error:
        return None, [_unreadable(name, error)]
    # JSON is YAML, except for its tabs, which are never part of a value.
    return parse(text.replace("\t", " ") if path.suffix == ".json" else text, name)


def parse(text: str, name: str) -> tuple[Any, list[Problem]]:
    """Parse one YAML document; see :func:`read`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        duplicates = list(_duplicates(node, (), name)) if node is not None else []
        return yaml.safe_load(text), duplicates
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(name, error)]
    except yaml.YAMLError as error:
        return None, [_unreadable(name, error)]


def _duplicates(node: yaml.Node, path: tuple[str, ...], name: str) -> list[Problem]:
    found: list[Problem] = []
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            found += _duplicates(child, (*path, str(index)), name)
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, child in node.value:
            word = str(key.value)
            line = key.start_mark.line + 1
            if word in first:
                found.append(_duplicate((*path, word), first[word], line, name))
            first.setdefault(word, line)
            found += _duplicates(child, (*path, word), name)
    return found


def _duplicate(path: tuple[str, ...], first: int, again: int, name: str) -> Problem:
    return Problem(
        file=name,
        path=".".join(path),
        found=f"the name twice, on lines {first} and {again}",
        allowed="each name once in its section",
        fix="Rename or delete one of them.",
    )


def _syntax(name: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(the file)"
    return Problem(
        file=name,
        path=where,
        found=f"broken YAML: {error.problem or error.context}",
        allowed="well-formed YAML",
        fix="Correct the syntax there; a frequent cause is indentation or a missing quote.",
    )


def _unreadable(name: str, error: Exception) -> Problem:
    return Problem(
        file=name,
        path="(the file)",
        found=f"not readable: {str(error).splitlines()[0]}",
        allowed="a YAML file in UTF-8",
        fix="Correct the file or its permissions.",
    )
