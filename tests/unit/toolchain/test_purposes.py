"""Each command asks only for its own tools."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain import cli
from tools.toolchain.model import GoBuild, Layout, Pins
from tools.toolchain.pins import PINS
from tools.toolchain.report import recorded

TARGETS = re.findall(r"^([a-z-]+): tools", (sample.PROJECT / "Makefile").read_text(), re.MULTILINE)
OF_TESTS = {"linkerd", "linkerd-controller", "linkerd-jaeger-injector", "actionlint"}
OF_CLUSTER = {
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "kwokctl",
}
OF_DEPLOYMENT = {
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-analyzer-policy-python",
    "pulumi-resource-pulumi-python",
    "pulumi-resource-kubernetes",
    "pulumi-resource-random",
    "pulumi-resource-tls",
}
EVERYTHING = OF_DEPLOYMENT | OF_CLUSTER | OF_TESTS | {"kubectl"}


def asked(*arguments: str) -> frozenset[str]:
    """The tools that ``make`` makes first."""
    make = ["make", "--no-print-directory", "-n", *arguments]
    printed = subprocess.run(
        make, cwd=sample.PROJECT, capture_output=True, text=True, check=True
    ).stdout
    _, *command = shlex.split(printed.splitlines()[0])
    assert command[:2] == ["-m", "tools.toolchain"]
    purposes = cli.parser().parse_args(command[2:]).purposes
    return (PINS.needed(purposes) if purposes else PINS).tools()


@pytest.mark.parametrize("target", ["up", "preview", "drift", "status", "rollback", "down"])
def test_deployment_to_the_local_cluster_builds_no_tool_of_the_tests(target: str) -> None:
    assert asked(target) == EVERYTHING - OF_TESTS


@pytest.mark.parametrize("target", ["up", "canary", "down"])
def test_deployment_to_another_cluster_builds_no_cluster(target: str) -> None:
    assert asked(target, "STACK=dev") == OF_DEPLOYMENT | {"kubectl"}


def test_local_cluster_needs_no_engine() -> None:
    assert asked("cluster") == OF_CLUSTER | {"kubectl"}


@pytest.mark.parametrize("target", ["tools", "test", "audit"])
def test_the_whole_suite_needs_everything(target: str) -> None:
    assert asked(target) == EVERYTHING


def test_several_targets_at_once_get_everything() -> None:
    assert asked("lock", "test") == EVERYTHING


def test_every_target_that_makes_tools_is_answered() -> None:
    assert len(TARGETS) > 20
    for target in TARGETS:
        assert asked(target) <= EVERYTHING


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    return sample.write(tmp_path)


def two(version: str) -> Pins:
    """``hello`` for deployments, ``other`` for the cluster."""
    (hello,) = sample.pins(version).bundles
    (recipe,) = hello.recipes
    assert isinstance(recipe, GoBuild)
    renamed = replace(
        recipe,
        name="other",
        packages=(("other", "."),),
        checks=(("other", (), f"hello version {version}"),),
    )
    other = replace(
        hello, name="other", tools=("other",), recipes=(renamed,), purposes=("cluster",), asks=()
    )
    return Pins(bundles=(replace(hello, purposes=("deploy",)), other), plugins=(), assets=())


def run(places: Layout, pins: Pins, *arguments: str) -> str:
    out = io.StringIO()
    options = cli.parser().parse_args(arguments)
    assert cli.run(pins, places, dict(os.environ), out, options) == 0
    return out.getvalue()


@pytest.mark.slow
def test_only_what_is_asked_for_is_made_and_the_rest_stays(places: Layout) -> None:
    text = run(places, two("1.2.3"), "--for", "deploy")
    assert "other" not in text
    assert [link.name for link in places.bin.iterdir()] == ["hello"]
    run(places, two("1.2.3"), "--for", "cluster")
    assert set(recorded(places)) == {"hello", "other"}
    before = (places.bin / "hello").resolve()
    run(places, two("1.2.4"), "--for", "cluster")
    assert {name: tool["version"] for name, tool in recorded(places).items()} == {
        "hello": "1.2.3",
        "other": "1.2.4",
    }
    assert (places.bin / "hello").resolve() == before
    before.unlink()
    run(places, two("1.2.4"), "--for", "cluster")
    assert set(recorded(places)) == {"other"}
    assert not (places.bin / "hello").is_symlink()


def test_commands_without_tools_make_the_environment_alone(places: Layout) -> None:
    assert run(places, two("1.2.3"), "--for", "environment") == ""
    assert sample.made(places) == []


def test_unknown_purpose_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--for", "fun"])
    assert "choose from" in capsys.readouterr().err
