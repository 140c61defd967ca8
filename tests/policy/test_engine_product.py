"""The pack runs from a copy of its folder, with its own requirements, for a foreign program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policy.engine import Project
from tools import paths

pytestmark = pytest.mark.slow

PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s

provider = k8s.Provider("files", render_yaml_to_directory="written")
k8s.core.v1.Namespace(
    "team",
    metadata={"name": "team", "annotations": {"linkerd.io/inject": "enabled", **ANNOTATIONS}},
    opts=pulumi.ResourceOptions(provider=provider),
)
"""
STRICT = {"config.linkerd.io/default-inbound-policy": "all-authenticated"}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack in a folder of its own, set up as its README says, and nothing of this project."""
    folder = tmp_path_factory.mktemp("elsewhere") / "pack"
    shutil.copytree(
        (paths.ROOT / "policy"), folder, ignore=shutil.ignore_patterns("__pycache__", "venv")
    )
    project = folder / "PulumiPolicy.yaml"
    text = project.read_text(encoding="utf-8")
    assert text.count("virtualenv: ../.venv") == 1
    own = text.replace("virtualenv: ../.venv", "virtualenv: venv")
    project.write_text(own, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", "venv"], cwd=folder, check=True)
    install = ["venv/bin/python", "-m", "pip", "install", "-q", "--require-hashes"]
    subprocess.run([*install, "-r", "requirements.txt"], cwd=folder, check=True)
    return folder


def previewed(folder: Path, pack: Path, annotations: dict[str, str]) -> tuple[int, str]:
    program = f"ANNOTATIONS = {annotations!r}\n{PROGRAM}"
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    run = Project(folder, pack).judge("preview")
    return run.status, run.output


def test_a_violating_program_is_blocked_by_the_rules_name(tmp_path: Path, copied: Path) -> None:
    status, output = previewed(tmp_path, copied, {})
    assert status != 0
    assert "[mandatory]" in output
    assert "linkerd-namespace-strict-mtls" in output


def test_a_fine_program_passes(tmp_path: Path, copied: Path) -> None:
    status, output = previewed(tmp_path, copied, STRICT)
    assert status == 0, output
    assert "linkerd-platform@v" in output


def test_the_pack_runs_in_its_own_environment(tmp_path: Path, copied: Path) -> None:
    """Without that environment it does not start, so it is no other that it runs in."""
    bare = tmp_path / "pack"
    shutil.copytree(copied, bare, ignore=shutil.ignore_patterns("venv"))
    (tmp_path / "program").mkdir()
    status, output = previewed(tmp_path / "program", bare, STRICT)
    assert status != 0
    assert "virtualenv" in output


def test_its_commands_run_there(copied: Path) -> None:
    """The check of a configuration, and the page of the rules."""
    python = str(copied / "venv/bin/python")
    for name in ("baseline", "strict"):
        command = [python, "-m", "linkerd_policies.check", f"config/{name}.json"]
        subprocess.run(command, cwd=copied, check=True)
    done = subprocess.run(
        [python, "-m", "linkerd_policies.docs"], cwd=copied, check=True, capture_output=True
    )
    assert b"### linkerd-namespace-strict-mtls" in done.stdout
