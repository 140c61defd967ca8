"""A mistake in a file ends in a message with its place, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.canary import change
from commands.deploy import stack
from commands.deploy.errors import DeployError
from tools import paths

CATALOGUE = "services: {api: {image: 'x:1', versions: {v1: {}, v2: {}}}}\n"
STACK = "config: {'linkerd-platform:canaries': {api: {weight: 10}}}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "services.yaml").write_text(CATALOGUE)
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    return tmp_path


@pytest.mark.parametrize("command", ["canary", "promote"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "services"),
        ("[]", "services"),
        ("services: null", "services"),
        ("services: [api]", "services"),
        ("services: {api: null}", "services.api"),
        ("services: {api: []}", "services.api"),
        ("services: {api: {versions: [v1, v2]}}", "services.api.versions"),
        ("a: b: c", "line 1, column 5"),
        ("x: &a [*a]", "line 1, column 4"),
        (None, "no such file"),
    ],
)
def test_a_catalogue_that_cannot_be_read(
    root: Path, command: str, text: str | None, place: str
) -> None:
    file = root / "services.yaml"
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(DeployError) as error:
        change.change(command, stack.find("dev"), "api", "20")
    assert "services.yaml" in str(error.value)
    assert place in str(error.value)
    assert (root / "Pulumi.dev.yaml").read_text() == STACK


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("config: [x]\n", "Pulumi.dev.yaml: `config`"),
        ("config: {'linkerd-platform:canaries': [x]}\n", "Pulumi.dev.yaml: canaries"),
        ("config: {'linkerd-platform:linkerd': [x]}\n", "Pulumi.dev.yaml: linkerd"),
        ("config: {'linkerd-platform:canaries': {api: x}}\n", "Pulumi.dev.yaml: canaries.api"),
        ("config: {'linkerd-platform:canaries': {api: {weight: x}}}\n", "canaries.api.weight"),
        ("config: {'linkerd-platform:canaries': {api: {weight: [1]}}}\n", "canaries.api.weight"),
    ],
)
def test_a_stack_that_cannot_be_changed(root: Path, text: str, place: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(DeployError) as error:
        change.change("canary", stack.find("dev"), "api", "0")
    assert place in str(error.value)
    assert (root / "Pulumi.dev.yaml").read_text() == text


@pytest.mark.parametrize("text", ["", "config:\n", "config: {'linkerd-platform:canaries': null}\n"])
def test_what_is_not_there_yet_is_made(root: Path, text: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(text)
    change.change("canary", stack.find("dev"), "api", "0")
    assert "weight: 0" in (root / "Pulumi.dev.yaml").read_text()


def test_a_broken_file_of_another_stack_stops_a_promotion(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text(STACK.replace("10", "100"))
    (root / "Pulumi.prod.yaml").write_text("a: b: c")
    with pytest.raises(DeployError, match=r"Pulumi\.prod\.yaml: line 1, column 5"):
        change.change("promote", stack.find("dev"), "api")
