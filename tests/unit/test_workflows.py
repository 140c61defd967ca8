"""The workflows are well formed, pinned, and give nobody more than they need."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflow_steps import ACTIONS, WORKFLOWS, Step, jobs, load, steps
from tools import paths

SHA = re.compile(r"[\w./-]+@[0-9a-f]{40}")
VERSION = re.compile(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# What a run step may call beside `make`: it is all there on a runner, and on any Linux.
SMALL = frozenset(
    {"echo", "cat", "jq", "ls", "mkdir", "install", "printf", "exit", "tee", "[", "{", "}"}
)
WRITES = {
    ("preview.yml", "preview"): {"pull-requests", "security-events"},
    ("drift.yml", "drift"): {"issues"},
}
STACKS = ["dev", "staging", "prod"]
MERGED = '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'
SCRIPTS = ("before_script", "script")
GITLAB = paths.ROOT / "examples/gitlab/.gitlab-ci.yml"


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


def test_actionlint_has_nothing_to_say() -> None:
    found = subprocess.run(
        [paths.BIN / "actionlint", *WORKFLOWS],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(WORKFLOWS) >= 5
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_actionlint_would_say_something(tmp_path: Path) -> None:
    shutil.copy(WORKFLOWS[0], tmp_path)
    file = tmp_path / WORKFLOWS[0].name
    file.write_text(file.read_text().replace("runs-on:", "runs-in:"))
    found = subprocess.run(
        [paths.BIN / "actionlint", file], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert "runs-in" in found.stdout


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


@pytest.mark.parametrize("step", list(steps()), ids=lambda s: f"{s.file}-{s.job}-{s.name}"[:70])
def test_nothing_of_an_event_reaches_a_shell(step: Step) -> None:
    # An expression in a script is text of the script: a branch's name could be a command.
    assert "${{" not in step.run


def test_every_action_is_pinned_and_says_its_version() -> None:
    for each in steps():
        if each.uses and not each.uses.startswith("./"):
            assert SHA.fullmatch(each.uses), each
    lines = [
        line.strip()
        for file in (*WORKFLOWS, *ACTIONS)
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"uses: [^.\s]", line)
    ]
    assert len(lines) > 15
    assert [line for line in lines if not VERSION.search(line)] == []


def test_one_action_has_one_version() -> None:
    found = dict[str, set[str]]()
    for each in steps():
        name, _, version = each.uses.partition("@")
        found.setdefault(name, set()).add(version)
    assert {name for name, versions in found.items() if len(versions) > 1} == set()


def test_actions_of_the_repository_exist() -> None:
    own = {each.uses for each in steps() if each.uses.startswith("./")}
    assert own
    for name in own:
        path = paths.ROOT / name
        assert path.is_file() if name.endswith(".yml") else (path / "action.yml").is_file()


def test_permissions_are_those_that_are_listed() -> None:
    for file in WORKFLOWS:
        assert load(file)["permissions"] == {"contents": "read"}
        for name, job in jobs(file).items():
            granted = dict(job.get("permissions", {"contents": "read"}))
            assert granted.pop("contents") == "read"
            assert set(granted) == WRITES.get((file.name, name), set())
            assert set(granted.values()) <= {"write"}


def test_no_checkout_leaves_a_token_behind() -> None:
    found = [each for each in steps() if each.uses.startswith("actions/checkout@")]
    assert len(found) >= 7
    assert all(each.content["with"]["persist-credentials"] is False for each in found)


def test_a_fork_gets_no_secret() -> None:
    assert not [file for file in WORKFLOWS if "pull_request_target" in load(file)["on"]]
    preview = jobs(paths.ROOT / ".github/workflows/preview.yml")
    own, foreign = preview["preview"], preview["render"]
    head = "github.event.pull_request.head.repo.full_name"
    assert own["if"] == f"{head} == github.repository"
    assert foreign["if"] == f"{head} != github.repository"
    assert "secrets." in yaml.safe_dump(own)
    for job in (foreign, *jobs(paths.ROOT / ".github/workflows/ci.yml").values()):
        text = yaml.safe_dump(job)
        assert "secrets" not in text
        assert "environment" not in job
        assert "permissions" not in job


def test_every_stack_but_the_local_one_is_previewed_deployed_and_compared() -> None:
    files = {file.name.split(".")[1] for file in paths.ROOT.glob("Pulumi.*.yaml")} - {"local"}
    assert set(STACKS) == files
    for name in ("preview.yml", "drift.yml"):
        for job in jobs(paths.ROOT / ".github/workflows" / name).values():
            assert job["strategy"] == {"fail-fast": False, "matrix": {"stack": STACKS}}
    deploy = jobs(paths.ROOT / ".github/workflows/deploy.yml")
    assert [job["with"]["stack"] for job in deploy.values()] == STACKS
    assert [job.get("needs") for job in deploy.values()] == [None, "dev", "staging"]


def test_a_running_deployment_is_never_cancelled() -> None:
    for name, job in jobs(paths.ROOT / ".github/workflows/deploy.yml").items():
        assert job["concurrency"] == {"group": f"deploy-{name}", "cancel-in-progress": False}


def test_only_what_changes_a_cluster_waits_for_an_approval() -> None:
    stack = jobs(paths.ROOT / ".github/workflows/deploy-stack.yml")
    assert stack["apply"]["environment"] == "${{ inputs.stack }}"
    assert stack["apply"]["needs"] == "plan"
    for file, name in (
        ("deploy-stack.yml", "plan"),
        ("preview.yml", "preview"),
        ("drift.yml", "drift"),
    ):
        environment = jobs(paths.ROOT / ".github/workflows" / file)[name]["environment"]
        assert environment["name"].startswith("preview-")
        assert environment["deployment"] is False


def test_the_page_tells_every_secret_and_variable() -> None:
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
        for stack in STACKS:
            (rule,) = document[f"{name}-{stack}"]["rules"]
            assert rule["if"] == MERGED
            by_hand = name == "deploy" and stack != "dev"
            assert rule.get("when") == ("manual" if by_hand else None)
