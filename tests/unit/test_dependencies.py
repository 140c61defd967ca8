"""The lock files fit what they are made from, and the audit looks at what was really built."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from components.config.catalogue import model as catalogue
from components.linkerd import releases
from tests.support.requirements import pins, text
from tools import dependencies, paths


@pytest.mark.parametrize("name", [name for name in dependencies.FILES if "/" not in name])
def test_lock_holds_what_is_asked_for(name: str) -> None:
    asked, locked = pins(f"{name}.in"), pins(f"{name}.txt")
    assert asked
    assert {package: locked.get(package) for package in asked} == asked


@pytest.mark.parametrize("name", dependencies.FILES)
def test_every_package_is_locked_with_hashes_and_no_index(name: str) -> None:
    entries = re.split(r"\n(?=\S)", text(f"{name}.txt").partition("make lock\n")[2].strip())
    assert len(entries) > 5
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "--index-url" not in text(f"{name}.txt")


def test_development_installs_the_very_versions_of_a_deployment() -> None:
    deployment, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert deployment == {package: development.get(package) for package in deployment}


def test_audit_scans_every_binary_that_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kwok").write_bytes(b"\x7fELF")
    (tmp_path / "script").write_text("#!/bin/sh")
    tools = {
        "kwok": {"path": str(tmp_path / "kwok"), "origin": "built"},
        "pulumi-resource-pulumi-python": {"path": str(tmp_path / "script"), "origin": "built"},
        "etcd": {"path": "/usr/bin/etcd", "origin": "path"},
    }
    (tmp_path / "toolchain.json").write_text(json.dumps({"tools": tools}), encoding="utf-8")
    monkeypatch.setattr(paths, "LOCAL", tmp_path)
    assert dependencies.built() == [tmp_path / "kwok"]


def found_by_renovate() -> set[str]:
    """What the custom managers of ``renovate.json`` find, as ``name version``."""
    candidates = [
        str(file.relative_to(paths.ROOT))
        for pattern in ("services.yaml", "examples/*/services.yaml", "components/**/*.py")
        for file in paths.ROOT.glob(pattern)
    ]
    found = set()
    for manager in json.loads(text("renovate.json"))["customManagers"]:
        patterns = [pattern.strip("/") for pattern in manager["managerFilePatterns"]]
        for file in candidates:
            if any(re.search(pattern, file) for pattern in patterns):
                for expression in manager["matchStrings"]:
                    for match in re.finditer(expression.replace("(?<", "(?P<"), text(file)):
                        name = match.groupdict().get("depName", manager.get("depNameTemplate"))
                        found.add(f"{name} {match['currentValue']}")
    return found


def test_renovate_sees_every_chart_and_every_image() -> None:
    images = {
        entry["image"]
        for file in ("services.yaml", "examples/online-boutique/services.yaml")
        for entry in yaml.safe_load(text(file))["services"].values()
        if "image" in entry
    }
    models = (catalogue.Redis, catalogue.PostgreSQL, catalogue.Load)
    images |= {model.model_fields["image"].default for model in models}
    charts = {
        f"{chart.name} {chart.version}"
        for chart in (releases.SMI, releases.JAEGER, releases.FLAGGER)
    }
    charts |= {
        f"linkerd-control-plane {release.charts['linkerd-control-plane']}"
        for release in releases.RELEASES.values()
        if release.repository == releases.EDGE
    }
    assert len(images) > 15
    assert found_by_renovate() == charts | {image.replace(":", " ", 1) for image in images}
