"""How far a run is, as its events tell while they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from commands.deploy import events
from commands.deploy.progress import Progress

PARENT = "urn:pulumi:local::linkerd-platform::platform:index:Platform"


def event(kind: str, op: str, type: str, name: str, *, planning: bool = False) -> dict[str, Any]:
    urn = f"{PARENT}${type}::{name}"
    return {kind: {"metadata": {"op": op, "urn": urn, "type": type}, "planning": planning}}


def begun(name: str, op: str = "create", *, planning: bool = False) -> dict[str, Any]:
    return event("resourcePreEvent", op, "kubernetes:apps/v1:Deployment", name, planning=planning)


def done(name: str, op: str = "create", *, planning: bool = False) -> dict[str, Any]:
    return event("resOutputsEvent", op, "kubernetes:apps/v1:Deployment", name, planning=planning)


def failed(name: str) -> dict[str, Any]:
    return event("resOpFailedEvent", "create", "kubernetes:apps/v1:Deployment", name)


def parsed(*found: dict[str, Any]) -> list[events.Event]:
    return list(events.parse(json.dumps(one) for one in found))


def test_a_plan_counts_what_it_looked_at_and_a_run_what_it_did_of_that() -> None:
    progress = Progress("up")
    assert progress.text(0.3) == "Planning: the engine starts, 0 s"
    progress.add(parsed(begun("web", planning=True)))
    assert progress.text(0.3) == "Planning: 1 object looked at, 0 s"
    for name in ("web", "api", "db", "new"):
        progress.add(parsed(begun(name, planning=True), done(name, planning=True)))
    progress.add(parsed(begun("old", "same", planning=True)))
    assert progress.text(12.4) == "Planning: 5 objects looked at, 12 s"
    progress.add(parsed(begun("old", "same"), done("old", "same")))
    progress.add(parsed(begun("web"), begun("api"), begun("db"), done("web")))
    assert progress.text(75) == "1 of 4 deployed, 1 min 15 s; now Deployment api, Deployment db"
    progress.add(parsed(begun("new")))
    assert progress.text(75).endswith("; now Deployment api, Deployment db and 1 more")
    progress.add(parsed(done("api"), failed("db"), done("new")))
    assert progress.text(80) == "3 of 4 deployed, 1 min 20 s"


def test_a_run_without_a_preview_counts_without_a_total() -> None:
    progress = Progress("destroy")
    progress.add(parsed(begun("web", "delete"), done("web", "delete"), begun("api", "delete")))
    assert progress.text(5) == "1 removed, 5 s; now Deployment api"


def test_a_recorded_run_is_counted_from_its_preview_to_its_end() -> None:
    file = Path(__file__).parent / "recorded" / "failure.jsonl"
    progress, shown = Progress("up"), []
    for found in events.parse(file.read_text(encoding="utf-8").splitlines()):
        progress.add([found])
        shown.append(progress.text(60))
    assert shown[0] == "Planning: the engine starts, 1 min 0 s"
    assert "0 of 6 deployed, 1 min 0 s; now MeshTLSAuthentication api-gateway-meshtlsauth" in (
        "\n".join(shown)
    )
    assert shown[-1] == "5 of 6 deployed, 1 min 0 s"


def test_providers_that_nobody_declared_do_not_count_and_objects_named_default_do() -> None:
    progress = Progress("up")
    provider = event("resourcePreEvent", "create", "pulumi:providers:tls", "default_5_6_2")
    progress.add(parsed(begun("default-deny", planning=True), provider, begun("default-deny")))
    progress.add(parsed(done("default-deny")))
    assert progress.text(5) == "1 of 1 deployed, 5 s"


def test_a_comparison_counts_what_it_looked_at() -> None:
    progress = Progress("refresh")
    progress.add(parsed(begun("web", "refresh"), done("web", "update")))
    assert progress.text(12) == "Comparing: 1 object looked at, 12 s"


def test_a_log_is_read_on_while_it_grows_and_anew_when_it_begins_anew(tmp_path: Path) -> None:
    log = tmp_path / "events"
    tail = events.Tail(log)
    assert tail.read() == []
    line = json.dumps(begun("web", planning=True)) + "\n"
    log.write_text(line + line[:20])
    assert len(tail.read()) == 1
    assert tail.read() == []
    log.write_text(line * 3)
    assert len(tail.read()) == 2
    log.write_text(json.dumps(begun("api")) + "\n")
    (step,) = tail.read()
    assert isinstance(step, events.Step)
    assert not step.planned
