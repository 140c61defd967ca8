from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.__main__ import main
from commands.deploy import pack, stack
from commands.deploy.errors import DeployError
from linkerd_policies.framework.pack import PACK_NAME
from linkerd_policies.table import RULES
from tools import paths


def _stack(root: Path, monkeypatch: pytest.MonkeyPatch, text: str | None) -> stack.Stack:
    monkeypatch.setattr(paths, "ROOT", root)
    (root / "policy/config").mkdir(parents=True)
    (root / "policy/config/strict.json").write_text('{"all": "mandatory"}')
    (root / "Pulumi.prod.yaml").write_text("config: {}\n")
    if text is not None:
        (root / "policy/config/prod.json").write_text(text)
    return stack.find("prod")


def test_the_pack_is_the_one_in_this_checkout() -> None:
    assert pack.NAME == PACK_NAME
    assert pack.rules() is RULES
    for file in (paths.ROOT / "policy" / "config").glob("*.json"):
        assert pack.problems(file, file.name) == []


def test_a_stack_without_a_configuration_has_the_strict_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = _stack(tmp_path, monkeypatch, None)
    pack.check(bare)
    file = str(tmp_path / "policy/config/strict.json")
    assert pack.options(bare) == ["--policy-pack", "policy", "--policy-pack-config", file]


def test_a_stack_with_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = _stack(tmp_path, monkeypatch, "{}")
    pack.check(good)
    file = str(tmp_path / "policy/config/prod.json")
    assert pack.options(good) == ["--policy-pack", "policy", "--policy-pack-config", file]


def test_every_mistake_is_reported_before_the_engine_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"linkerd-gateway-limit": {"maxGateways": "2"}, "linkerd-gatway-limit": {}}
    _stack(tmp_path, monkeypatch, json.dumps(document))
    assert main(["preview", "--stack", "prod"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 problems in the configuration; nothing was changed." in said.err
    assert "policy/config/prod.json: linkerd-gateway-limit.maxGateways" in said.err
    assert 'found:   "2"' in said.err
    assert "allowed: a whole number from 0 to" in said.err
    assert 'Did you mean "linkerd-gateway-limit"?' in said.err


def test_a_wrong_configuration_of_the_pack_stops_a_canary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stack(tmp_path, monkeypatch, '{"x": {}}')
    command = ["canary", "--stack", "prod", "--service", "a", "--weight", "5"]
    assert main(command) == 1
    assert (tmp_path / "Pulumi.prod.yaml").read_text() == "config: {}\n"


def test_a_file_that_is_not_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _stack(tmp_path, monkeypatch, '{\n  "all": }')
    with pytest.raises(DeployError, match=r"prod\.json: line 2, column 10"):
        pack.check(broken)
