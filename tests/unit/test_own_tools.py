"""``make test-own-tools`` runs with the user's own Pulumi or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import check, paths


def note(folder: Path, **origins: str) -> Path:
    tools = {
        name.replace("_", "-"): {"path": f"/x/{name}", "version": "3.260.0", "origin": origin}
        for name, origin in origins.items()
    }
    file = folder / "toolchain.json"
    file.write_text(json.dumps({"tools": tools}), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("cli", "provider", "ours"),
    [
        ("path", "plugin", []),
        ("path", "path", []),
        ("built", "plugin", ["pulumi"]),
        ("path", "built", ["pulumi-resource-kubernetes"]),
        ("download", "download", ["pulumi", "pulumi-resource-kubernetes"]),
    ],
)
def test_tools_of_this_project_are_named(
    tmp_path: Path, cli: str, provider: str, ours: list[str]
) -> None:
    used, found = check.own_tools(note(tmp_path, pulumi=cli, pulumi_resource_kubernetes=provider))
    assert found == ours
    assert used[0] == "pulumi 3.260.0: /x/pulumi"


def test_nothing_runs_with_a_built_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    note(tmp_path, pulumi="built", pulumi_resource_kubernetes="built")
    monkeypatch.setattr(paths, "LOCAL", tmp_path)
    monkeypatch.setattr(check, "run", pytest.fail)
    assert check.main(["--own-tools"]) == 1
    assert "error: pulumi, pulumi-resource-kubernetes not found on PATH" in capsys.readouterr().out
