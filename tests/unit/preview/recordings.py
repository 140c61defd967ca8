"""Previews by the real engine, and their summaries."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from commands.deploy import events
from commands.preview import as_json, markdown, text
from commands.preview.describing import Kind, describe
from commands.preview.model import Fact, Recording, Step, Summary
from commands.preview.reading import clean, read
from commands.preview.summary import KINDS, summarise

FOLDER = Path(__file__).parent / "recorded"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
URN = "urn:pulumi:dev::linkerd-platform::platform:index:Platform$"
WIDTH = 110


def recording(name: str) -> tuple[Sequence[Mapping[str, Any]], str]:
    """The engine's events, and its own diff."""
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return document["events"], document["diff"]


def summary(name: str) -> Summary:
    """The summary of the recording of that name."""
    return summarise("local", recorded(recording(name)[0]))


def recorded(found: Iterable[Mapping[str, Any]]) -> Recording:
    """The recording of events as the engine writes them."""
    return read(events.parse(json.dumps(each) for each in found))


def as_text(found: Summary, diff: str = "") -> str:
    """What a terminal without colours shows."""
    out = io.StringIO()
    text.show(Console(file=out, width=WIDTH), found, diff)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def forms(found: Summary, diff: str = "") -> Mapping[str, str]:
    """The summary in every form."""
    return {
        "text": as_text(found, diff),
        "markdown": markdown.render(found, diff, diff_file="full-diff.txt"),
        "json": as_json.render(found),
    }


def event(op: str, kind: str, old: Any, new: Any, *paths: str, name: str = "it") -> dict[str, Any]:
    """The engine's event of a step on an object of a Pulumi type such as ``core/v1:Service``."""
    sides = {
        side: {"custom": True, "inputs": inputs} if inputs is not None else None
        for side, inputs in (("old", old), ("new", new))
    }
    type_ = kind if kind.count(":") > 1 else f"kubernetes:{kind}"
    metadata = {
        "op": op,
        "urn": f"{URN}{type_}::{name}",
        "type": type_,
        "detailedDiff": {path: {"diffKind": "update"} for path in paths},
        **sides,
    }
    return {"resourcePreEvent": {"metadata": metadata}}


def step(op: Any, kind: str, old: Any, new: Any, *paths: str, name: str = "it") -> Step:
    """The step of such an event."""
    (found,) = recorded([event(op, kind, old, new, *paths, name=name)]).steps
    return found


def facts(kind: str, old: Any, new: Any, *paths: str) -> list[str]:
    """The facts about an update, each with its mark in front."""
    found = step("update", kind, clean(old), clean(new), *paths)
    return [_marked(each) for each in describe(found, KINDS.get(found.kind, Kind(describers=[])))]


def _marked(each: Fact) -> str:
    return f"{each.mark}: {each.text}" if each.mark else each.text
