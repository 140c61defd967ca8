"""The workflows' steps, as GitHub would read them, to be looked at and to be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools import paths

GITHUB = paths.ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))


@dataclass(frozen=True)
class Step:
    """One step. ``job`` is its job's name; of a composite action, the action's."""

    file: str
    job: str
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.content.get("name") or self.content.get("uses") or self.content["run"])

    @property
    def run(self) -> str:
        """Its shell commands; empty where it uses an action."""
        return str(self.content.get("run", ""))

    @property
    def uses(self) -> str:
        return str(self.content.get("uses", ""))


def load(file: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true; every other one is text.
    document: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {"on" if key is True else str(key): value for key, value in document.items()}


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow by name."""
    found: dict[str, dict[str, Any]] = load(file)["jobs"]
    return found


def steps() -> Iterator[Step]:
    """Every step of every workflow and composite action."""
    for file in WORKFLOWS:
        for name, job in jobs(file).items():
            for content in job.get("steps", ()):
                yield Step(file.name, name, content)
            if "uses" in job:
                yield Step(file.name, name, {"uses": job["uses"]})
    for file in ACTIONS:
        for content in load(file)["runs"]["steps"]:
            yield Step(f"{file.parent.name}/action.yml", file.parent.name, content)


def step(file: str, name: str) -> Step:
    """The step of that name, which is there once."""
    (found,) = (each for each in steps() if each.file == file and each.name == name)
    return found
