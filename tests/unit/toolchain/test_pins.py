"""The real pins agree with the module files, the requirements and each other."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain import keys
from tools.toolchain.model import (
    Bundle,
    Embeds,
    GoBuild,
    Layout,
    ModuleFiles,
    Plugin,
    Recipe,
)
from tools.toolchain.pins import KUBERNETES, LINKERD, PINS, PROVIDER_KUBERNETES
from tools.toolchain.resolve import pinned

REAL = Layout(
    root=sample.PROJECT,
    local=sample.PROJECT / ".local",
    venv=sample.PROJECT / ".venv",
    cache=sample.PROJECT / ".local" / "none",
)
BUILDS = [recipe for recipe in PINS.recipes() if isinstance(recipe, GoBuild)]
# The modules whose versions are other than those of what is built from them.
RENAMED = {
    "provider-kubernetes": "v4.0.0-20240930223531-b7dae6b4ea56",
    "linkerd": "v0.0.0-20230502184307-e1ba0e039074",
}


def required(module: str) -> dict[str, str]:
    text = (REAL.modules / module / "go.mod").read_text()
    return dict(re.findall(r"^\s*(?:require )?(\S+\.\S+/\S+) (v\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("recipe", BUILDS, ids=lambda recipe: recipe.name)
def test_version_is_that_of_the_module(recipe: GoBuild) -> None:
    versions = required(recipe.module)
    for _, package in recipe.packages:
        source = recipe.embeds.module if recipe.embeds and package == "." else package
        module = max((m for m in versions if f"{source}/".startswith(f"{m}/")), key=len)
        assert versions[module] == RENAMED.get(recipe.module, f"v{recipe.version}")


def test_files_come_from_the_module_at_the_pinned_version() -> None:
    files = [recipe for recipe in PINS.recipes() if isinstance(recipe, ModuleFiles)]
    assert files
    for recipe in files:
        assert required(recipe.module)[recipe.source] == f"v{recipe.version}"


def test_kubernetes_is_of_one_version() -> None:
    minor = KUBERNETES.partition(".")[2]
    text = (REAL.modules / "kubernetes" / "go.mod").read_text()
    staged = re.findall(r"=> k8s\.io/\S+ (\S+)", text)
    assert staged
    assert set(staged) == {f"v0.{minor}"}


@pytest.mark.parametrize("recipe", BUILDS, ids=lambda recipe: recipe.name)
def test_every_binary_is_checked(recipe: GoBuild) -> None:
    assert [binary for binary, *_ in recipe.checks] == [binary for binary, _ in recipe.packages]


@pytest.mark.parametrize("bundle", PINS.bundles, ids=lambda bundle: bundle.name)
def test_bundle_is_built_whole_and_of_a_supported_version(bundle: Bundle) -> None:
    made = {name for recipe in bundle.recipes for name in recipe.contents()}
    assert made == {*bundle.tools, *bundle.optional}
    if bundle.supported:
        assert bundle.recipes[0].version in bundle.supported
        assert bundle.asks


@pytest.mark.parametrize("plugin", PINS.plugins, ids=lambda plugin: plugin.name)
def test_pinned_plugin_is_supported(plugin: Plugin) -> None:
    assert pinned(plugin.package, REAL) in plugin.supported


def test_no_tool_is_named_twice() -> None:
    tools = [tool for bundle in PINS.bundles for tool in (*bundle.tools, *bundle.optional)]
    tools += [plugin.binary for plugin in PINS.plugins]
    assert len(tools) == len(set(tools))


def test_every_recipe_has_a_key_of_its_own() -> None:
    folders = [keys.folder(recipe, REAL) for recipe in PINS.recipes()]
    assert len(set(folders)) == len(folders)


def test_keys_depend_on_pins_and_machine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that changes with the code would rebuild every tool on every machine (25 minutes).

    If this fails, the `repr` of the recipes has changed: a field, its order or its name.
    """
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    module = sample.layout(tmp_path).modules / "m"
    module.mkdir(parents=True)
    for name in ("go.mod", "go.sum", "main.go", "README.md"):
        (module / name).write_text(f"{name}\n")
    build = GoBuild(
        name="a",
        module="m",
        version="1",
        packages=(("a", "./a"),),
        checks=(("a", ("version",), "1"),),
        embeds=Embeds(module="e", folder="f", files=("x",)),
        reads="r",
    )
    files = ModuleFiles(name="b", module="m", source="s", version="1", files=("x",))
    recipes: tuple[Recipe, ...] = (build, replace(build, minutes=99), files)
    found = [keys.of(recipe, sample.layout(tmp_path)) for recipe in recipes]
    assert found == ["df948bb01271", "df948bb01271", "8fbcdf4f4851"]
    (module / "README.md").unlink()
    assert keys.of(build, sample.layout(tmp_path)) == found[0]
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert keys.of(build, sample.layout(tmp_path)) != found[0]


def test_versions_that_the_binaries_are_told_are_the_pins() -> None:
    flags = {recipe.name: recipe.ldflags for recipe in BUILDS}
    assert f"gitVersion=v{KUBERNETES} " in flags["kubernetes"]
    assert flags["linkerd"].endswith(f"version.Version={LINKERD}")
    assert flags["provider-kubernetes"].endswith(f"version.Version={PROVIDER_KUBERNETES}")
