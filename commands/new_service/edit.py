"""A new service in a catalogue's text; the comments and the other lines stay."""

from __future__ import annotations

from collections.abc import Iterable

from ruamel.yaml.comments import CommentedMap

from commands.deploy import yaml_files
from commands.new_service.entry import Entry


def with_entry(text: str, entry: Entry, called_by: Iterable[str]) -> str:
    """The catalogue with the entry at the end of its services, and a call to it in each caller.

    The text is a catalogue without problems, and the callers are in it.
    """
    document = yaml_files.load(text)
    services = document["services"]
    for caller in called_by:
        _add_call(services[caller], entry.name)
    yaml_files.append_block(services, entry.name, entry.content())
    return yaml_files.dump(document)


def _add_call(caller: CommentedMap, name: str) -> None:
    if "calls" in caller:
        yaml_files.append(caller["calls"], name)
    else:
        yaml_files.insert_after(caller, "image", "calls", yaml_files.flow([name]))
