"""``make drift-issue``: one GitHub issue for each stack whose cluster drifted, with the ``gh`` CLI.

The first drift opens it, later drift rewrites it, and it is closed when the drift is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from commands.deploy.errors import DeployError
from commands.deploy.summary import JSON_FILE, MARKDOWN_FILE
from commands.preview.model import Result

LABEL = "drift"
_DESCRIPTION = "A cluster differs from what its stack deployed"
_ADVICE = """
---
Who changed it, and why? If the change is wanted, write it into the catalogue or \
`Pulumi.{stack}.yaml`. Otherwise [undo it]({docs}). This text is updated until the drift is \
gone.{run}
"""
_DOCS = "docs/ci.md#drift"


def run(folder: Path) -> int:
    """Bring the issue up to date with the comparison in the folder. Returns the exit code."""
    print(update(folder, os.environ))
    return 0


def update(folder: Path, environment: Mapping[str, str]) -> str:
    """Open, rewrite or close the issue. Returns what was done.

    Raises :class:`DeployError` where the folder has no comparison, or ``gh`` fails.
    """
    try:
        comparison = json.loads((folder / JSON_FILE).read_text(encoding="utf-8"))
        text = (folder / MARKDOWN_FILE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise DeployError(
            f'There is no comparison in "{folder}". `make drift OUT=<folder>` writes one.'
        ) from None
    stack, result = comparison["stack"], comparison["result"]
    if result == Result.FAILED.name.lower():
        return f"The comparison of {stack} failed: its issue stays as it is."
    title = f"Drift of stack {stack}"
    number = _open_issue(title)
    if result == Result.NOTHING.name.lower():
        return _close(number) if number else "No drift, and no issue."
    body = text + _ADVICE.format(stack=stack, docs=_docs(environment), run=_run_link(environment))
    if number:
        _gh("issue", "edit", number, "--body-file", "-", text=body)
        return f"Issue {number} is up to date."
    _gh("label", "create", LABEL, "--description", _DESCRIPTION, "--color", "D93F0B", "--force")
    return _gh("issue", "create", "--title", title, "--label", LABEL, "--body-file", "-", text=body)


def _open_issue(title: str) -> str | None:
    """The number of the open issue with exactly that title."""
    listed = _gh(
        *("issue", "list", "--state", "open", "--label", LABEL),
        *("--limit", "100", "--json", "number,title"),
    )
    return next((str(one["number"]) for one in json.loads(listed) if one["title"] == title), None)


def _close(number: str) -> str:
    _gh(
        "issue",
        "close",
        number,
        "--comment",
        "The cluster no longer differs from the stack.",
    )
    return f"Issue {number} is closed."


def _docs(environment: Mapping[str, str]) -> str:
    repository = _repository(environment)
    return f"{repository}/blob/HEAD/{_DOCS}" if repository else _DOCS


def _run_link(environment: Mapping[str, str]) -> str:
    repository, run = _repository(environment), environment.get("GITHUB_RUN_ID")
    return f" [The run]({repository}/actions/runs/{run})." if repository and run else ""


def _repository(environment: Mapping[str, str]) -> str:
    """The repository's address; empty outside of GitHub Actions."""
    server, name = (environment.get(f"GITHUB_{key}") for key in ("SERVER_URL", "REPOSITORY"))
    return f"{server}/{name}" if server and name else ""


def _gh(*arguments: str, text: str | None = None) -> str:
    try:
        done = subprocess.run(
            ["gh", *arguments], input=text, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise DeployError("GitHub's CLI `gh` is not installed: https://cli.github.com") from None
    if done.returncode:
        raise DeployError(f"`gh {' '.join(arguments[:2])}` failed: {done.stderr.strip()}")
    return done.stdout.strip()
