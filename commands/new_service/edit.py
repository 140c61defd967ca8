"""Changes of a catalogue's text that leave every other byte alone, comments and all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from commands.new_service.entry import Entry, scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class _Insertion:
    """A text to be put before the character at ``index``."""

    index: int
    text: str


def with_entry(text: str, entry: Entry, called_by: Iterable[str]) -> str:
    """The catalogue with the entry at the end of its services, and a call to it in each caller.

    The text is a catalogue without problems, and the callers are in it.
    """
    whole = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(whole, yaml.MappingNode)
    services = _child(whole, "services")
    found = [_insertion_of_entry(text, services, entry)]
    found += [_insertion_of_call(text, _child(services, one), entry.name) for one in called_by]
    for one in sorted(found, key=lambda one: one.index, reverse=True):
        text = text[: one.index] + one.text + text[one.index :]
    return text


def _insertion_of_entry(text: str, services: yaml.Node, entry: Entry) -> _Insertion:
    indent = " " * services.start_mark.column
    lines = "".join(f"{indent}{line}\n" for line in entry.lines())
    return _Insertion(index=_after_line(text, _last_line(services)), text=f"\n{lines}")


def _insertion_of_call(text: str, caller: yaml.MappingNode, name: str) -> _Insertion:
    calls = next((value for key, value in caller.value if key.value == "calls"), None)
    if calls is None and caller.flow_style:
        return _Insertion(index=caller.end_mark.index - 1, text=f", calls: [{scalar(name)}]")
    if calls is None:
        indent = " " * caller.start_mark.column
        image = _last_line(_child(caller, "image"))
        return _Insertion(index=_after_line(text, image), text=f"{indent}calls: [{scalar(name)}]\n")
    if calls.flow_style:
        comma = ", " if calls.value else ""
        return _Insertion(index=calls.end_mark.index - 1, text=f"{comma}{scalar(name)}")
    indent = " " * calls.start_mark.column
    return _Insertion(
        index=_after_line(text, _last_line(calls)), text=f"{indent}- {scalar(name)}\n"
    )


def _child(node: yaml.MappingNode, name: str) -> yaml.MappingNode:
    found: Iterator[yaml.MappingNode] = (v for key, v in node.value if key.value == name)
    return next(found)


def _last_line(node: yaml.Node) -> int:
    """The line of the node's last character; a block's own end mark is at what comes next."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return _last_line(node.value[-1])
    after_its_line = node.end_mark.column == 0
    return int(node.end_mark.line) - after_its_line


def _after_line(text: str, line: int) -> int:
    """The index of the first character after the line."""
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line + 1]))
