"""``make canary`` and ``make promote``: what they write and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from commands.canary import change
from commands.deploy import stack
from commands.deploy.errors import DeployError
from tools import paths

CATALOGUE = """\
# Who is who.
services:
  api: # the one with a canary
    image: example/api:1
    stable: v1
    versions:
      v1: {args: [old]}
      v2: {args: [new]} # half as fast
  web: {image: example/web:1}
"""
STACK = """\
# Where we try things.
config:
  linkerd-platform:linkerd: {unsupported: warn} # no data plane, so no gate
  linkerd-platform:canaries:
    api:
      weight: 10 # per cent
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "services.yaml").write_text(CATALOGUE)
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    return tmp_path


def run(command: str, service: str = "api", weight: str = "", name: str = "dev") -> None:
    change.change(command, stack.find(name), service, weight)


def written(root: Path) -> str:
    """The stack's file, without regard to the column in which a comment starts."""
    return re.sub(" +#", " #", (root / "Pulumi.dev.yaml").read_text())


def test_only_the_weight_changes(root: Path) -> None:
    run("canary", weight="25")
    assert written(root) == STACK.replace("10 #", "25 #")
    run("canary", weight="12.5")
    assert written(root) == STACK.replace("10 #", "12.5 #")
    run("canary", weight="0")
    assert written(root) == STACK.replace("10 #", "0 #")
    assert (root / "services.yaml").read_text() == CATALOGUE


def test_a_stack_without_canaries_gets_its_first(root: Path) -> None:
    run("canary", weight="5", name="prod")
    document = yaml.safe_load((root / "Pulumi.prod.yaml").read_text())
    assert document == {"config": {"linkerd-platform:canaries": {"api": {"weight": 5}}}}


@pytest.mark.parametrize(
    ("command", "service", "weight", "message"),
    [
        ("canary", "api", "110", r"Pulumi\.dev\.yaml: canaries\.api\.weight"),
        ("canary", "api", "", "0 to 100"),
        ("canary", "apo", "10", "Did you mean `api`"),
        ("canary", "web", "10", "has one version"),
        ("promote", "", "", "Name the service"),
    ],
)
def test_invalid_requests_are_refused_and_nothing_is_written(
    root: Path, command: str, service: str, weight: str, message: str
) -> None:
    with pytest.raises(DeployError, match=message):
        run(command, service, weight)
    assert (root / "Pulumi.dev.yaml").read_text() == STACK


@pytest.mark.parametrize("command", ["canary", "promote"])
def test_weights_owned_by_flagger_are_not_changed(root: Path, command: str) -> None:
    text = STACK.replace("weight: 10 # per cent", "mode: automated")
    (root / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(DeployError, match="Flagger owns the weights"):
        run(command, weight="20")
    assert (root / "Pulumi.dev.yaml").read_text() == text


def test_promotion_takes_two_steps(root: Path) -> None:
    run("canary", weight="50")
    run("promote")
    assert written(root) == STACK.replace("10 #", "100 #")
    assert (root / "services.yaml").read_text() == CATALOGUE
    run("promote")
    promoted = yaml.safe_load((root / "services.yaml").read_text())["services"]["api"]
    assert promoted["stable"] == "v2"
    assert promoted["versions"] == {"v2": {"args": ["new"]}}
    assert "# half as fast" in (root / "services.yaml").read_text()
    document = yaml.safe_load((root / "Pulumi.dev.yaml").read_text())
    assert not document["config"]["linkerd-platform:canaries"]


def test_a_version_that_another_stack_still_needs_is_not_retired(root: Path) -> None:
    run("canary", weight="50", name="prod")
    run("canary", weight="50")
    run("canary", weight="100")
    with pytest.raises(DeployError, match=r"Pulumi\.prod\.yaml"):
        run("promote")
    assert (root / "services.yaml").read_text() == CATALOGUE
