from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Bundle, Layout, Pins, Plugin
from tools.toolchain.pins import PINS
from tools.toolchain.probes import Probes
from tools.toolchain.resolve import Found, Install, Resolver, search_path
from tools.toolchain.versions import Range

PLUGIN = Plugin(name="random", package="pulumi-random", supported=Range("4.16", "5"))


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    places = sample.write(tmp_path)
    (places.root / "requirements.txt").write_text("pulumi-random==4.21.4\n")
    sample.executable(places.standins / PLUGIN.binary, ":")
    return places


def resolve(
    places: Layout, pins: Pins, *folders: Path, install: Install | None = None
) -> dict[str, Found]:
    env = {
        "PATH": os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"]),
        "HOME": str(places.root.parent / "home"),
    }
    probes = Probes(places.local / "probes.json", env)
    resolution = Resolver(places, env, probes, install).resolve(pins)
    return {tool.name: tool for tool in resolution.tools}


def bundle(name: str) -> Pins:
    found = next(bundle for bundle in PINS.bundles if bundle.name == name)
    bare = Bundle(
        name=found.name,
        tools=found.tools,
        optional=found.optional,
        supported=found.supported,
        asks=found.asks,
        recipes=sample.pins().bundles[0].recipes,
    )
    return Pins(bundles=(bare,), plugins=(PLUGIN,), assets=())


@pytest.mark.parametrize("version", ["1.2.0", "1.3.9"])
def test_supported_tool_on_path_is_used(places: Layout, tmp_path: Path, version: str) -> None:
    tool = sample.executable(tmp_path / "bin" / "hello", f"echo hello v{version}")
    found = resolve(places, sample.pins(), tool.parent)["hello"]
    assert (found.path, found.version, found.origin) == (tool, version, "path")


@pytest.mark.parametrize("version", ["1.1.9", "1.4.0"])
def test_other_version_is_built_and_the_reason_noted(
    places: Layout, tmp_path: Path, version: str
) -> None:
    tool = sample.executable(tmp_path / "bin" / "hello", f"echo {version}")
    found = resolve(places, sample.pins(), tool.parent)["hello"]
    assert (found.version, found.origin) == ("1.2.3", "built")
    assert found.note == f"{tool} is {version}; supported: 1.2 or later, below 1.4"


@pytest.mark.parametrize("body", ["exit 1", "echo none", "echo 1.3.0; exit 3"])
def test_tool_that_prints_no_version_is_not_used(places: Layout, tmp_path: Path, body: str) -> None:
    tool = sample.executable(tmp_path / "bin" / "hello", body)
    found = resolve(places, sample.pins(), tool.parent)["hello"]
    assert found.origin == "built"
    assert "prints no version" in found.note


def test_own_links_on_path_are_not_taken_for_the_users(places: Layout, tmp_path: Path) -> None:
    tool = sample.executable(places.cache / "hello-1" / "hello", "echo 1.3.0")
    places.bin.mkdir(parents=True)
    (places.bin / "hello").symlink_to(tool)
    alias = tmp_path / "alias"
    alias.symlink_to(places.bin)
    assert resolve(places, sample.pins(), places.bin, alias)["hello"].origin == "built"
    assert search_path(f"{places.bin}::relative:/usr/bin", places) == "/usr/bin"


def test_answer_is_remembered_until_the_file_changes(places: Layout, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    body = f"echo x >> {asked}; echo 1.3.0"
    tool = sample.executable(tmp_path / "bin" / "hello", body)
    for _ in range(2):
        assert resolve(places, sample.pins(), tool.parent)["hello"].origin == "path"
    assert asked.read_text().splitlines() == ["x"]
    sample.executable(tool, "echo 1.9.0")
    assert resolve(places, sample.pins(), tool.parent)["hello"].origin == "built"


def test_damaged_memory_is_asked_anew(places: Layout, tmp_path: Path) -> None:
    tool = sample.executable(tmp_path / "bin" / "hello", "echo 1.3.0")
    places.local.mkdir()
    (places.local / "probes.json").write_text('{"half": ')
    assert resolve(places, sample.pins(), tool.parent)["hello"].version == "1.3.0"


def pulumi(folder: Path, *tools: str) -> Path:
    for tool in tools:
        sample.executable(folder / tool, "echo v3.250.0")
    return folder


CLI = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")


def test_whole_pulumi_cli_is_taken_with_what_is_beside_it(places: Layout, tmp_path: Path) -> None:
    folder = pulumi(tmp_path / "cli", *CLI, "pulumi-resource-pulumi-python")
    found = resolve(places, bundle("pulumi"), folder)
    taken = {name for name, tool in found.items() if tool.origin == "path"}
    assert taken == {*CLI, "pulumi-resource-pulumi-python"}
    assert {tool.version for name, tool in found.items() if name in taken} == {"3.250.0"}


def test_pulumi_without_its_language_host_is_never_mixed_with_ours(
    places: Layout, tmp_path: Path
) -> None:
    folder = pulumi(tmp_path / "cli", "pulumi")
    elsewhere = pulumi(tmp_path / "other", *CLI[1:])
    found = resolve(places, bundle("pulumi"), folder, elsewhere)
    assert "path" not in {tool.origin for tool in found.values()}
    assert "is there without the rest" in found["hello"].note


def test_link_to_a_whole_cli_counts(places: Layout, tmp_path: Path) -> None:
    folder = pulumi(tmp_path / "cli", *CLI)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(folder / "pulumi")
    assert resolve(places, bundle("pulumi"), tmp_path / "bin")["pulumi"].path == folder / "pulumi"


def test_control_plane_of_mixed_versions_is_built(places: Layout, tmp_path: Path) -> None:
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    for name, version in zip(names, ("1.34.1", "1.34.1", "1.32.0"), strict=True):
        sample.executable(tmp_path / "bin" / name, f"echo Kubernetes v{version}")
    found = resolve(places, bundle("kubernetes"), tmp_path / "bin")
    assert "kube-scheduler is 1.32.0" in found["hello"].note
    sample.executable(tmp_path / "bin" / names[2], "echo Kubernetes v1.34.1")
    found = resolve(places, bundle("kubernetes"), tmp_path / "bin")
    assert {found[name].origin for name in names} == {"path"}


def installed(places: Layout, version: str) -> Path:
    home = places.root.parent / "home" / ".pulumi" / "plugins"
    return sample.executable(home / f"resource-random-v{version}" / PLUGIN.binary, ":")


def test_stand_in_is_used_where_there_is_no_plugin(places: Layout) -> None:
    found = resolve(places, bundle("etcd"))[PLUGIN.binary]
    assert (found.origin, found.version) == ("stand-in", "4.21.4")
    assert found.path == places.standins / PLUGIN.binary


def test_missing_stand_in_is_a_clear_error(places: Layout) -> None:
    (places.standins / PLUGIN.binary).unlink()
    with pytest.raises(ToolchainError, match="the checkout is incomplete"):
        resolve(places, bundle("etcd"))


def test_pinned_plugin_is_preferred_then_the_newest_supported(places: Layout) -> None:
    installed(places, "4.9.0")
    installed(places, "5.0.0")
    assert resolve(places, bundle("etcd"))[PLUGIN.binary].origin == "stand-in"
    installed(places, "4.20.0")
    newest = installed(places, "4.100.0")
    assert resolve(places, bundle("etcd"))[PLUGIN.binary].path == newest
    pinned = installed(places, "4.21.4")
    found = resolve(places, bundle("etcd"))[PLUGIN.binary]
    assert (found.path, found.version, found.origin) == (pinned, "4.21.4", "plugin")


def test_plugin_on_path_wins(places: Layout, tmp_path: Path) -> None:
    installed(places, "4.21.4")
    tool = sample.executable(tmp_path / "bin" / PLUGIN.binary, "exit 1")
    found = resolve(places, bundle("etcd"), tool.parent)[PLUGIN.binary]
    assert (found.path, found.version, found.origin) == (tool, "unknown", "path")


def installer(calls: list[str], act: Callable[[], object] | None) -> Install:
    def install(cli: Path, plugin: Plugin, version: str) -> bool:
        calls.append(f"{cli.name} {plugin.name} {version}")
        if act:
            act()
        return act is not None

    return install


def test_users_own_cli_installs_the_pinned_plugin(places: Layout, tmp_path: Path) -> None:
    folder = pulumi(tmp_path / "cli", *CLI)
    calls: list[str] = []
    install = installer(calls, lambda: installed(places, "4.21.4"))
    for _ in range(2):
        found = resolve(places, bundle("pulumi"), folder, install=install)
        assert found[PLUGIN.binary].origin == "plugin"
    assert calls == ["pulumi random 4.21.4"]


def test_failed_install_falls_back_and_is_not_tried_again_at_once(
    places: Layout, tmp_path: Path
) -> None:
    folder = pulumi(tmp_path / "cli", *CLI)
    calls: list[str] = []
    for _ in range(2):
        found = resolve(places, bundle("pulumi"), folder, install=installer(calls, None))
        assert found[PLUGIN.binary].origin == "stand-in"
    assert len(calls) == 1


def test_our_own_cli_is_asked_for_nothing(places: Layout) -> None:
    calls: list[str] = []
    resolve(places, bundle("pulumi"), install=installer(calls, None))
    assert calls == []
