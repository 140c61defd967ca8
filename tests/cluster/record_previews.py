"""Records what the engine says in a preview of each scenario, for the unit tests and the docs.

``python -m tests.cluster.record_previews`` takes some minutes: it deploys a copy of the checkout on
a cluster of its own, previews each scenario there, and writes ``tests/unit/preview/recorded``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.cluster.checkout import Project
from tests.cluster.preview_scenarios import SCENARIOS, scenario
from tools import paths

RECORDED = paths.ROOT / "tests/unit/preview/recorded"
# As JSON writes it; the engine's diff shows certificates without their ends.
_PEM = re.compile(r"(-----BEGIN [A-Z ]+-----)[A-Za-z0-9+/=\\]*(-----END [A-Z ]+-----)")
_KEPT = ("policyEvent", "diagnosticEvent", "policyAnalyzeStackSummaryEvent")
_UNTOLD = ("debug", "info", "info#err")
_STATE = ("custom", "inputs", "retainOnDelete")


def main(names: Iterable[str]) -> None:
    """Record the scenarios of these names."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project.create(Path(folder) / "project")
        try:
            assert project.deploy("up").code == 0
            for name in names:
                with scenario(project, name):
                    print(name, record(project, RECORDED / f"{name}.json"), flush=True)
        finally:
            project.remove_cluster()


def record(project: Project, file: Path) -> int:
    """Preview the project and write the recording. Returns the engine's exit code."""
    local = project.root / ".local"
    config = local / "Pulumi.local.yaml"
    salt = re.search(r"^encryptionsalt: .*$", config.read_text(), re.MULTILINE)
    assert salt is not None
    config.write_text(f"{(project.root / 'Pulumi.local.yaml').read_text()}\n{salt[0]}\n")
    log = local / "events.jsonl"
    log.unlink(missing_ok=True)
    options = ["--stack", "local", "--config-file", str(config), "--policy-pack", "policy"]
    shown = ["--diff", "--suppress-outputs", "--color", "never", "--event-log", str(log)]
    done = subprocess.run(
        ["pulumi", "preview", *options, *shown],
        cwd=project.root,
        env={
            **os.environ,
            "PATH": f"{paths.VENV / 'bin'}:{paths.BIN}:{os.environ['PATH']}",
            "PULUMI_HOME": str(local / "pulumi"),
            "PULUMI_BACKEND_URL": (local / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(local / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    events = [json.loads(line) for line in log.read_text().splitlines()]
    text = rendered(done.stdout, trimmed(events))
    for root in (project.root, paths.ROOT):
        text = text.replace(str(root), "/project")
    file.write_text(text)
    return done.returncode


def rendered(diff: str, events: Iterable[Mapping[str, Any]]) -> str:
    """The recording as JSON with an event a line, its certificates cut short."""
    lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in events)
    text = f'{{"diff": {json.dumps(diff, ensure_ascii=False)},\n"events": [\n{lines}\n]}}\n'
    return _PEM.sub(r"\1 cut \2", text)


def trimmed(events: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The events that a summary is made of, without outputs and without what does not change."""
    rules: set[str] = set()
    for event in events:
        if "resourcePreEvent" in event:
            yield {"resourcePreEvent": {"metadata": _step(event["resourcePreEvent"]["metadata"])}}
        elif "policyAnalyzeSummaryEvent" in event:
            body = event["policyAnalyzeSummaryEvent"]
            new = {*(body.get("passed") or ()), *(body.get("failed") or ())} - rules
            rules |= new
            if new:
                yield {"policyAnalyzeSummaryEvent": body}
        elif event.get("diagnosticEvent", {}).get("severity") not in _UNTOLD:
            found = {key: event[key] for key in _KEPT if key in event}
            if found:
                yield found


def _step(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The step without outputs; of what does not change, only what it takes to count it."""
    is_same = metadata["op"] == "same"
    keys = ("custom",) if is_same else _STATE
    step = {"op": metadata["op"], "urn": metadata["urn"], "type": metadata["type"]}
    for side in ("old", "new"):
        state = metadata[side]
        step[side] = {key: state[key] for key in keys if key in state} if state else None
    if is_same:
        return {**step, "urn": "", "old": None}
    return {**step, "detailedDiff": metadata["detailedDiff"]}


if __name__ == "__main__":
    main(sys.argv[1:] or SCENARIOS)
