"""The workflows are well formed and secure, and call nothing but ``make``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.workflow_steps import ACTIONS, GITHUB, WORKFLOWS, Step, jobs, load, steps
from tools import paths

ZIZMOR = Path(sys.executable).with_name("zizmor")
VERSION = re.compile(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# What a run step may call beside `make`: every runner and every Linux has these.
SMALL = frozenset(
    {"echo", "cat", "jq", "ls", "mkdir", "install", "printf", "exit", "tee", "[", "{", "}"}
)
MERGED = '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'
SCRIPTS = ("before_script", "script")
GITLAB = paths.ROOT / "examples/gitlab/.gitlab-ci.yml"
OWN_BRANCH = "github.event.pull_request.head.repo.full_name == github.repository"


def targets() -> set[str]:
    makefile = (paths.ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def commands(script: str) -> list[list[str]]:
    """The words of each simple command of a script; quoted text and expansions are left out."""
    inner = re.findall(r"\$\(([^()]*)\)", script)
    flat = re.sub(r"\$\([^()]*\)", "", script)
    flat = re.sub(r'"[^"]*"|\'[^\']*\'', "Q", flat).replace("\\\n", " ")
    parts = [part for text in (flat, *inner) for part in re.split(r"\n|\|\||&&|;|\|", text)]
    return [part.split() for part in parts if part.strip()]


def run(*command: str | Path, folder: Path = paths.ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def actionlint(*files: Path, folder: Path = paths.ROOT) -> subprocess.CompletedProcess[str]:
    return run(paths.BIN / "actionlint", *files, folder=folder)


def zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(ZIZMOR, "--offline", "--quiet", "--persona=regular", ".", folder=folder)


def test_actionlint_finds_nothing() -> None:
    found = actionlint(*WORKFLOWS)
    assert len(WORKFLOWS) >= 5
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_actionlint_would_find_a_mistake(tmp_path: Path) -> None:
    shutil.copy(WORKFLOWS[0], tmp_path)
    file = tmp_path / WORKFLOWS[0].name
    file.write_text(file.read_text().replace("runs-on:", "runs-in:"))
    found = actionlint(file, folder=tmp_path)
    assert found.returncode == 1
    assert "runs-in" in found.stdout


def test_zizmor_finds_nothing() -> None:
    found = zizmor(GITHUB)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("old", "new", "audit"),
    [
        (r"(uses: actions/checkout)@\w+", r"\1@v7", "unpinned-uses"),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("contents: read", "contents: write", "excessive-permissions"),
        ("run: make audit", "run: echo ${{ github.head_ref }}", "template-injection"),
        ("pull_request:", "pull_request_target:", "dangerous-triggers"),
    ],
)
def test_zizmor_would_find_a_mistake(tmp_path: Path, old: str, new: str, audit: str) -> None:
    shutil.copytree(GITHUB, tmp_path / ".github")
    file = tmp_path / ".github/workflows/ci.yml"
    file.write_text(re.sub(old, new, file.read_text()))
    assert f"[{audit}]" in zizmor(tmp_path).stdout


@pytest.mark.parametrize("step", list(steps()), ids=lambda s: f"{s.file}-{s.job}-{s.name}"[:70])
def test_a_step_calls_make_and_little_else(step: Step) -> None:
    known = targets()
    for words in commands(step.run):
        if words[0] == "make":
            assert words[1] in known
        elif words[0] == "python3":
            assert words[:4] == ["python3", "-m", "tools.toolchain", "--key"]
        else:
            assert words[0] in SMALL | {".ci/run"}


def test_every_pinned_action_names_its_version_and_no_action_has_two() -> None:
    files = (*WORKFLOWS, *ACTIONS)
    texts = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    lines = [line.strip() for line in texts if re.search(r"uses: [^.\s]", line)]
    assert len(lines) > 15
    assert [line for line in lines if not VERSION.search(line)] == []
    versions = {line[line.index("uses: ") :] for line in lines}
    assert len({line.partition("@")[0] for line in versions}) == len(versions)


def test_the_repositorys_own_actions_exist() -> None:
    """actionlint looks for workflows only."""
    own = {each.uses for each in steps() if each.uses.startswith("./.github/actions/")}
    assert own
    assert [name for name in own if not (paths.ROOT / name / "action.yml").is_file()] == []


def test_a_fork_gets_no_secret() -> None:
    foreign = [
        job
        for file in WORKFLOWS
        if "pull_request" in load(file)["on"]
        for job in jobs(file).values()
        if job.get("if") != OWN_BRANCH
    ]
    assert len(foreign) >= 4
    for job in foreign:
        assert "secrets" not in yaml.safe_dump(job)
        assert not {"environment", "permissions"} & job.keys()


def test_the_page_describes_every_secret_and_variable() -> None:
    page = (paths.ROOT / "docs/ci.md").read_text(encoding="utf-8")
    text = "".join(file.read_text(encoding="utf-8") for file in WORKFLOWS)
    names = set(re.findall(r"(?:secrets|vars)\.([A-Z_]+)", text))
    assert len(names) >= 4
    assert {name for name in names if f"`{name}`" not in page} == set()


def gitlab() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    return document


def test_gitlab_calls_the_same_targets() -> None:
    known = targets()
    listed = [job for job in gitlab().values() if isinstance(job, dict)]
    scripts = [line for job in listed for key in SCRIPTS for line in job.get(key, ())]
    called = {words[1] for line in scripts for words in commands(line) if words[0] == "make"}
    assert {"tools", "preview", "up", "drift", "lock-check"} <= called <= known


def test_gitlab_deploys_production_by_hand_from_its_default_branch_alone() -> None:
    document = gitlab()
    for name in ("plan", "deploy"):
        for stack in ("dev", "staging", "prod"):
            (rule,) = document[f"{name}-{stack}"]["rules"]
            assert rule["if"] == MERGED
            by_hand = name == "deploy" and stack != "dev"
            assert rule.get("when") == ("manual" if by_hand else None)
