"""``Pulumi.yaml`` declares what the models take, with the same defaults and descriptions."""

from __future__ import annotations

from typing import Any

import yaml

from components.config.loading import PROJECT
from components.config.stack.settings import Settings
from tools import paths
from tools.docs import reference

TYPES = {"string", "boolean", "integer", "array"}
"""What the schema of ``Pulumi.yaml`` can say; it has no mappings."""


def project() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((paths.ROOT / "Pulumi.yaml").read_text())
    return loaded


def test_every_single_value_and_list_is_declared_with_its_default_and_description() -> None:
    expected = {
        key: {name: field[name] for name in ("type", "default", "description")}
        for key, field in reference.schema(Settings)["properties"].items()
        if field.get("type") in TYPES
    }
    declared = project()["config"]
    own = {key: entry for key, entry in declared.items() if ":" not in key}  # not pulumi:tags
    own = {key: {n: v for n, v in entry.items() if n != "items"} for key, entry in own.items()}
    assert own == expected


def test_name_is_the_prefix_of_the_stacks_keys() -> None:
    assert project()["name"] == PROJECT
    for file in paths.ROOT.glob("Pulumi.*.yaml"):
        keys = yaml.safe_load(file.read_text())["config"]
        assert [key for key in keys if not key.startswith(f"{PROJECT}:")] == []
