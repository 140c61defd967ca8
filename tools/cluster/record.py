"""The record of the cluster that ``up`` created."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tools.cluster.slot import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """``root``: the checkout's folder at creation. ``settings``: digest of the configuration.
    ``complete``: the cluster has been ready."""

    root: str
    slot_index: int
    settings: str
    kubernetes_version: str = ""
    complete: bool = False

    @property
    def slot(self) -> Slot:
        return Slot(self.slot_index)

    def completed(self, kubernetes_version: str) -> Record:
        return replace(self, kubernetes_version=kubernetes_version, complete=True)


def read(path: Path) -> Record | None:
    """The record. None if there is none or it cannot be read: the cluster is then recreated."""
    try:
        record = Record(**json.loads(path.read_text(encoding="utf-8")))
        _ = record.slot
    except (OSError, ValueError, TypeError):
        return None
    return record


def write(path: Path, record: Record) -> None:
    """Replaces the file in one step: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)
