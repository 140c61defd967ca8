"""Real builds of a tiny Go module by the real command."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain import cli, keys
from tools.toolchain.model import Asset, GoBuild, Layout, ModuleFiles, Pins
from tools.toolchain.report import recorded

pytestmark = pytest.mark.slow


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    return sample.write(tmp_path)


def run(
    places: Layout, pins: Pins | None = None, env: dict[str, str] | None = None
) -> tuple[int, str]:
    out = io.StringIO()
    code = cli.run(pins or sample.pins(), places, env or dict(os.environ), out)
    return code, out.getvalue()


def says(tool: Path) -> str:
    return subprocess.run([tool], capture_output=True, text=True, check=True).stdout.strip()


def test_build_puts_a_checked_tool_in_place(places: Layout) -> None:
    code, text = run(places)
    assert code == 0
    assert says(places.bin / "hello") == "hello version 1.2.3"
    assert (places.bin / "hello").is_symlink()
    assert recorded(places) == {
        "hello": {
            "path": str((places.bin / "hello").resolve()),
            "version": "1.2.3",
            "origin": "built",
        }
    }
    assert json.loads((places.local / "toolchain.json").read_text())["key"] == keys.whole(
        sample.pins(), places
    )
    lines = text.splitlines()
    assert lines[0] == "Making hello: about 1 min"
    assert f"1 tools ready in {places.bin}" in lines[-1]


def test_second_call_does_nothing_and_is_quick(places: Layout, tmp_path: Path) -> None:
    run(places)
    before = (places.bin / "hello").resolve().stat().st_mtime_ns
    called = tmp_path / "called"
    sample.executable(tmp_path / "shim" / "go", f"touch {called}; exit 1")
    env = {**os.environ, "PATH": f"{tmp_path / 'shim'}:{os.environ['PATH']}"}
    began = time.monotonic()
    code, text = run(places, env=env)
    assert code == 0
    assert time.monotonic() - began < 2
    assert len(text.splitlines()) == 1
    assert not called.exists()
    assert (places.bin / "hello").resolve().stat().st_mtime_ns == before


@pytest.mark.parametrize("change", ["version", "go.sum", "main.go"])
def test_changed_pin_builds_anew(places: Layout, change: str) -> None:
    run(places)
    first = (places.bin / "hello").resolve()
    version = "1.2.4" if change == "version" else "1.2.3"
    if change != "version":
        file = places.modules / "hello" / change
        line = "github.com/x/y v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        file.write_text(file.read_text() + (line if change == "go.sum" else "// changed\n"))
    assert run(places, sample.pins(version))[0] == 0
    assert (places.bin / "hello").resolve() != first
    assert says(places.bin / "hello") == f"hello version {version}"
    assert first.exists()  # another checkout may use it


def test_side_by_side_tools_are_files_and_no_links(places: Layout) -> None:
    bundle = replace(sample.pins().bundles[0], side_by_side=True)
    pins = replace(sample.pins(), bundles=(bundle,))
    assert run(places, pins)[0] == 0
    hello = places.bin / "hello"
    assert not hello.is_symlink()
    assert says(hello) == "hello version 1.2.3"
    before = hello.stat()
    assert run(places, pins)[0] == 0
    assert os.path.samestat(before, hello.stat())
    hello.unlink()
    hello.write_text("another")
    assert run(places, pins)[0] == 0
    assert says(hello) == "hello version 1.2.3"


def test_deleted_binary_is_built_again(places: Layout) -> None:
    run(places)
    (places.bin / "hello").resolve().unlink()
    assert run(places)[0] == 0
    assert says(places.bin / "hello") == "hello version 1.2.3"


def test_settings_of_the_user_do_not_change_the_build(places: Layout) -> None:
    env = {**os.environ, "GOFLAGS": "-mod=vendor", "GOOS": "plan9", "GOWORK": "/nowhere"}
    assert run(places, env=env)[0] == 0
    assert says(places.bin / "hello") == "hello version 1.2.3"


def test_binaries_of_packages_with_equal_names_are_told_apart(places: Layout) -> None:
    (recipe,) = sample.pins().recipes()
    assert isinstance(recipe, GoBuild)
    for name in ("one", "two"):
        folder = places.modules / "hello" / name / "cmd"
        folder.mkdir(parents=True)
        (folder / "main.go").write_text(sample.MAIN.replace("hello version ", f"{name} is "))
    two = replace(
        recipe,
        packages=(("one", "./one/cmd"), ("two", "./two/cmd")),
        checks=(("one", (), "one is 1.2.3"), ("two", (), "two is 1.2.3")),
    )
    bundle = replace(sample.pins().bundles[0], tools=("one", "two"), recipes=(two,))
    assert run(places, replace(sample.pins(), bundles=(bundle,)))[0] == 0
    assert says(places.bin / "two") == "two is 1.2.3"


def test_generated_packages_are_compiled_quickly_and_no_c_compiler_is_needed(
    places: Layout, tmp_path: Path
) -> None:
    generated = places.modules / "hello" / "generated"
    generated.mkdir()
    unlike = uuid.uuid4()  # Go's cache has not seen this package
    (generated / "names.go").write_text(f'package generated\n\nconst Name = "{unlike}"\n')
    main = places.modules / "hello" / "main.go"
    main.write_text(
        main.read_text()
        .replace('import "os"', 'import (\n\t"os"\n\n\t"example.test/hello/generated"\n)')
        .replace("func main() {", "func main() {\n\t_ = generated.Name\n\t")
    )
    log = tmp_path / "compiled"
    compiler = sample.executable(tmp_path / "log", f'echo "$CGO_ENABLED $*" >> {log}\nexec "$@"')
    env = sample.go_that_first(tmp_path, f'export GOFLAGS="-toolexec={compiler}"')
    (bundle,), (recipe,) = sample.pins().bundles, sample.pins().recipes()
    assert isinstance(recipe, GoBuild)
    quick = replace(recipe, unoptimized=("example.test/hello/generated",))
    pins = replace(sample.pins(), bundles=(replace(bundle, recipes=(quick,)),))
    assert keys.of(quick, places) == keys.of(recipe, places)
    assert run(places, pins, env)[0] == 0
    lines = log.read_text().splitlines()
    (ours,) = [line for line in lines if "-p example.test/hello/generated " in line]
    (others,) = [line for line in lines if "-p main " in line]
    assert " -N -l -dwarf=false " in ours
    assert " -N " not in others
    assert " -dwarf=false " in others
    assert {line.split()[0] for line in lines} == {"0"}


def test_failing_build_shows_the_log_and_leaves_nothing(
    places: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.modules / "hello" / "main.go").write_text("package main\n\nfunc main() { nonsense }\n")
    assert run(places)[0] == 1
    error = capsys.readouterr().err
    log = places.cache / "logs" / "hello.log"
    assert "undefined: nonsense" in error
    assert f"The whole log: {log}" in error
    assert "run `make tools` again" in error
    assert "Traceback" not in error
    assert "undefined: nonsense" in log.read_text()
    assert sample.made(places) == []
    assert not places.bin.exists()


def test_binary_of_another_version_never_gets_into_place(
    places: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    main = places.modules / "hello" / "main.go"
    main.write_text(sample.MAIN.replace('" + version', '0.0.1"  + version[:0]'))
    assert run(places)[0] == 1
    assert "without 'hello version 1.2.3'" in capsys.readouterr().err
    assert sample.made(places) == []


def test_stale_link_goes_and_others_stay(places: Layout, tmp_path: Path) -> None:
    run(places)
    other = sample.executable(tmp_path / "other", ":")
    (places.bin / "mine").symlink_to(other)
    (places.bin / "dangling").symlink_to(tmp_path / "nowhere")
    empty = Pins(bundles=(), plugins=(), assets=())
    assert run(places, empty)[0] == 0
    assert [link.name for link in places.bin.iterdir()] == ["mine"]


def test_folder_in_the_way_of_a_link_is_named(
    places: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.bin / "hello").mkdir(parents=True)
    assert run(places)[0] == 1
    assert f"{places.bin / 'hello'} is a folder" in capsys.readouterr().err


def test_unwritable_cache_is_named(places: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    places.cache.write_text("a file where the folder belongs")
    assert run(places)[0] == 1
    error = capsys.readouterr().err
    assert str(places.cache) in error
    assert "Traceback" not in error


def test_module_that_cannot_be_fetched_is_an_error(
    places: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """`go mod download` of an absent module fails with a clear message; nothing is left."""
    recipe = ModuleFiles(
        name="data", module="hello", source="example.test/absent", version="1", files=("x",)
    )
    pins = Pins(bundles=(), plugins=(), assets=(Asset(name="data", recipe=recipe),))
    assert run(places, pins)[0] == 1
    assert "The whole log: " in capsys.readouterr().err
    assert sample.made(places) == []


def test_list_makes_nothing(places: Layout, tmp_path: Path) -> None:
    out = io.StringIO()
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    arguments = cli.parser().parse_args(["--list"])
    assert cli.run(sample.pins(), places, env, out, arguments) == 0
    assert "to build: hello" in out.getvalue()
    assert sample.made(places) == []
    assert run(places)[0] == 0
    out = io.StringIO()
    cli.run(sample.pins(), places, env, out, arguments)
    assert f"cache {places.cache}/hello-" in out.getvalue()


def test_key_is_one_hash_that_follows_the_pins(places: Layout) -> None:
    seen = set()
    arguments = cli.parser().parse_args(["--key"])
    for version, requirement in (("1.2.3", ""), ("1.2.4", ""), ("1.2.4", "six==1.17.0\n")):
        (places.root / "requirements.txt").write_text(requirement)
        out = io.StringIO()
        assert cli.run(sample.pins(version), places, {}, out, arguments) == 0
        assert len(out.getvalue().split()) == 1
        seen.add(out.getvalue())
    assert len(seen) == 3


def test_second_checkout_finds_what_the_first_built(places: Layout, tmp_path: Path) -> None:
    run(places)
    second = sample.layout(tmp_path / "second")
    shutil.copytree(places.root, second.root, symlinks=True, ignore=lambda *_: {".local"})
    shared = Layout(root=second.root, local=second.local, venv=second.venv, cache=places.cache)
    _, text = run(shared)
    assert len(text.splitlines()) == 1
    assert (shared.bin / "hello").resolve() == (places.bin / "hello").resolve()
