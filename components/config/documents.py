"""Reads YAML files and finds broken syntax, with line and column, and duplicate keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from components.findings import Finding

DEEPEST = 50
MOST_ENTRIES = 200_000
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


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
        if node is not None and (endless := _endless(node)) is not None:
            return None, [endless]
        if node is None:
            return None, []
        _keep_keys(node)
        return yaml.SafeLoader("").construct_document(node), list(_duplicates(node, ()))
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(error)]
    except yaml.YAMLError as error:
        return None, [_unreadable(error)]
    except RecursionError:
        return None, [_too_deep()]
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        # What YAML takes for a date or a number, and Python does not: 2026-13-45.
        return None, [_unreadable(error)]


def _keep_keys(root: yaml.Node) -> None:
    """Make each key the text that is written: YAML takes ``on`` for true, ``8080`` for a number.

    The nodes of a document without endless aliases; see :func:`_endless`.
    """
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            stack += node.value
        if isinstance(node, yaml.MappingNode):
            for key, child in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                    key.tag = _TEXT
                stack += (key, child)


def _endless(root: yaml.Node) -> Finding | None:
    """What is wrong with the aliases: one inside of what it stands for, or too many entries."""
    entries = 0
    stack: list[tuple[yaml.Node, frozenset[int]]] = [(root, frozenset())]
    while stack:
        node, parents = stack.pop()
        entries += 1
        if id(node) in parents:
            return _alias(node, "an alias inside of what it stands for")
        if entries > MOST_ENTRIES:
            return _alias(node, f"more than {MOST_ENTRIES} entries, with every alias written out")
        if len(parents) > DEEPEST:
            return _too_deep()
        inner = parents | {id(node)}
        if isinstance(node, yaml.SequenceNode):
            stack += [(child, inner) for child in node.value]
        if isinstance(node, yaml.MappingNode):
            stack += [(child, inner) for pair in node.value for child in pair]
    return None


def _alias(node: yaml.Node, found: str) -> Finding:
    mark = node.start_mark
    return Finding(
        path=f"line {mark.line + 1}, column {mark.column + 1}",
        found=found,
        allowed="a document that ends",
        fix="Write the entries out, without the alias.",
    )


def _too_deep() -> Finding:
    return Finding(
        found="entries that are nested too deep",
        allowed=f"at most {DEEPEST} levels",
        fix="Correct the file: no key needs that many.",
    )


def is_project_file(root: Path, path: Path) -> bool:
    """Whether there is a file of this path, and it is inside the project's folder ``root``."""
    return path.is_file() and is_inside(root, path)


def is_inside(root: Path, path: Path) -> bool:
    """Whether the path, with every link followed, is inside the folder ``root``."""
    return path.resolve().is_relative_to(root.resolve())


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
