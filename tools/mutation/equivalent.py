"""Mutants that no test can notice, each with the reason. Read from ``equivalents.yaml``."""

from __future__ import annotations

from pathlib import Path

import yaml

from tools.mutation.mutants import Mutant

FILE = Path(__file__).with_name("equivalents.yaml")


def equivalents(module: str, file: Path = FILE) -> dict[Mutant, str]:
    """The equivalent mutants of a module of the pack, and why each is one."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8")).get(module, ())
    return {
        Mutant(entry["function"], entry["before"], entry["after"]): entry["why"]
        for entry in entries
    }
