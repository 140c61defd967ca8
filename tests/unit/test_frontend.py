"""The committed page is what its sources were built to, and is what is deployed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tools import frontend, paths

LARGEST = 250_000
"""Bytes of the built page; a ConfigMap holds a MiB in all."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    root = tmp_path / "frontend"
    shutil.copytree(frontend.FRONTEND, root, ignore=shutil.ignore_patterns("node_modules"))
    return root


def test_the_page_was_built_from_its_sources() -> None:
    assert frontend.stale(frontend.FRONTEND) == [], "run `make frontend`"


@pytest.mark.parametrize("name", ["src/main.tsx", "package-lock.json", "dist/assets/app.js"])
def test_a_changed_file_is_found(copy: Path, name: str) -> None:
    (copy / name).write_text((copy / name).read_text() + "\n")
    assert frontend.stale(copy) == [name]


def test_a_file_that_came_or_went_is_found(copy: Path) -> None:
    (copy / "src" / "new.ts").touch()
    (copy / "dist" / "index.html").unlink()
    assert frontend.stale(copy) == ["dist/index.html", "src/new.ts"]


def test_without_npm_the_build_says_what_to_install(
    copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(frontend.FrontendError, match=r"npm is missing: install Node\.js"):
        frontend.build(copy)


def test_every_built_file_is_mounted_where_the_page_looks_for_it() -> None:
    catalogue = yaml.safe_load((paths.ROOT / "services.yaml").read_text())
    mounted = catalogue["services"]["frontend"]["files"]
    html = "/usr/share/nginx/html"
    dist = frontend.FRONTEND / frontend.DIST
    built = [path for path in dist.rglob("*") if path.is_file()]
    assert {
        f"{html}/{path.relative_to(dist)}": str(path.relative_to(paths.ROOT)) for path in built
    } == {target: source for target, source in mounted.items() if target.startswith(html)}
    linked = re.findall(r'(?:src|href)="(/[^"]+)"', (dist / "index.html").read_text())
    assert len(linked) == 2
    assert all((dist / path.lstrip("/")).is_file() for path in linked)
    assert sum(path.stat().st_size for path in built) < LARGEST


def test_every_route_of_the_page_is_in_the_catalogue() -> None:
    catalogue = yaml.safe_load((paths.ROOT / "services.yaml").read_text())
    known = {
        (route["method"], route["path"])
        for service in catalogue["services"].values()
        for route in service.get("routes", ())
    }
    routes = json.loads((frontend.FRONTEND / "src/model/routes.json").read_text())
    assert len(routes) > 1
    assert {(route["method"], route["path"]) for route in routes} <= known


def test_the_proxy_calls_the_gateway_by_its_name_and_port() -> None:
    catalogue = yaml.safe_load((paths.ROOT / "services.yaml").read_text())
    gateway = catalogue["gateway"]
    port = catalogue["services"][gateway].get("port", 8080)
    nginx = (frontend.FRONTEND / "nginx.conf").read_text()
    assert re.findall(r"proxy_pass (\S+);", nginx) == [f"http://{gateway}:{port}"]
    assert gateway in catalogue["services"]["frontend"]["calls"]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((frontend.FRONTEND / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        assert entry["integrity"].startswith("sha512-"), name
