"""The pack is a product of its own: its folder has all that it needs, and says what it is."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml
from packaging.utils import canonicalize_name

from tests.support.requirements import pins, text

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policy"


def test_its_requirements_are_the_programs_pins() -> None:
    locked, program = pins("policy/requirements.txt"), pins("requirements.txt")
    assert locked == {package: program.get(package) for package in locked}


def test_it_requires_what_it_imports_and_no_more() -> None:
    lines = text("policy/requirements.in").splitlines()
    asked = {canonicalize_name(line) for line in lines if line[:1].isalpha()}
    assert imported() == asked
    assert asked <= pins("policy/requirements.txt").keys()


def imported() -> set[str]:
    """The distributions that the pack's modules import."""
    modules: set[str] = set()
    for file in [PACK / "__main__.py", *(PACK / "linkerd_policies").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add(str(node.module))
    foreign = {
        module
        for module in modules
        if module.split(".")[0] not in {*sys.stdlib_module_names, "linkerd_policies"}
    }
    return {_distribution(module) for module in foreign}


def _distribution(module: str) -> str:
    if module.startswith("google.protobuf"):  # a namespace package of several distributions
        return "protobuf"
    (name,) = set(packages_distributions()[module.split(".")[0]])
    return canonicalize_name(name)


def test_its_version_has_an_entry_in_the_changelog() -> None:
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    changes = (PACK / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert newest
    assert project["version"] == newest[1]


def test_the_links_of_its_pages_lead_somewhere() -> None:
    for page in PACK.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (PACK / target).exists(), (page, target)
