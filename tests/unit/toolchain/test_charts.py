from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tools.toolchain.charts import make
from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Charts

RECIPE = Charts(
    name="charts",
    module="linkerd",
    source="example.test/linkerd2",
    version="edge-23.4.3",
    charts=("charts/crds", "viz/charts/viz"),
    partials="charts/partials",
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A module as Go keeps it: nothing in it can be written."""
    root = tmp_path / "module"
    for chart in (*RECIPE.charts, RECIPE.partials):
        (root / chart / "templates").mkdir(parents=True)
        (root / chart / "Chart.yaml").write_text("name: x\nappVersion: edge-XX.X.X\n")
        (root / chart / "values.yaml").write_text("v: &v linkerdVersionValue\nother: 1\n")
        (root / chart / "templates" / "_helpers.tpl").write_text("{{/* x */}}\n")
    (root / "CHANGES.md").write_text("# Changes\n\n## edge-23.4.3\n\nx\n\n## edge-23.4.2\n")
    for path in sorted(root.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return root


def test_chart_is_whole_and_of_its_version(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(RECIPE, source, out)
    assert sorted(path.name for path in out.iterdir()) == ["crds", "viz"]
    for chart in ("crds", "viz"):
        assert (out / chart / "values.yaml").read_text() == "v: &v edge-23.4.3\nother: 1\n"
        assert (out / chart / "Chart.yaml").read_text() == "name: x\nappVersion: edge-23.4.3\n"
        partials = out / chart / "charts" / "partials"
        assert (partials / "Chart.yaml").is_file()
        assert (partials / "templates" / "_helpers.tpl").is_file()
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o200 for path in out.rglob("*")}
    assert modes == {0o200}


def test_module_of_another_version_is_told(source: Path, tmp_path: Path) -> None:
    (source / "CHANGES.md").chmod(0o644)
    (source / "CHANGES.md").write_text("# Changes\n\n## edge-24.1.1\n")
    with pytest.raises(ToolchainError, match=r"is edge-24\.1\.1 .* pin says edge-23\.4\.3"):
        make(RECIPE, source, tmp_path / "out")


def test_module_without_a_version_is_told(source: Path, tmp_path: Path) -> None:
    (source / "CHANGES.md").chmod(0o644)
    (source / "CHANGES.md").write_text("nothing\n")
    with pytest.raises(ToolchainError, match="names no version"):
        make(RECIPE, source, tmp_path / "out")
