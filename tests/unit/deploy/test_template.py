"""``pulumi new <repository>``, by the real engine, makes a project that works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from components.config.loading import PROJECT
from tools import paths

pytestmark = pytest.mark.slow


def pulumi(folder: Path, *arguments: str) -> str:
    scratch = folder.parent / "engine"
    scratch.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PATH": f"{paths.VENV / 'bin'}{os.pathsep}{paths.BIN}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_HOME": str(scratch),
        "PULUMI_BACKEND_URL": scratch.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "a test's",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    command = ["pulumi", *arguments, "--non-interactive"]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    for file in [*paths.ROOT.glob("*.yaml"), paths.ROOT / "__main__.py"]:
        shutil.copy(file, root)
    shutil.copytree(paths.ROOT / "components", root / "components")
    return root


def test_new_project_keeps_the_name_and_takes_every_stack(repository: Path) -> None:
    new = repository.parent / "new"
    new.mkdir()
    said = pulumi(new, "new", str(repository), "--generate-only", "--yes")
    assert "Keep the project's name" in said
    assert yaml.safe_load((new / "Pulumi.yaml").read_text())["name"] == PROJECT
    pulumi(new, "stack", "init", "prod")
    shown = json.loads(pulumi(new, "config", "--stack", "prod", "--json"))
    assert shown[f"{PROJECT}:namespace"]["value"] == "microservices"  # the schema's default
    assert shown[f"{PROJECT}:linkerd"]["objectValue"]["release"] == "2.20"  # the stack's file
