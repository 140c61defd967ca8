"""What runs, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from commands.deploy.kubernetes_api import Workload
from components.linkerd import namespaces


def show(
    console: Console, outputs: Mapping[str, Any], workloads: Sequence[Workload], next_steps: str
) -> list[str]:
    """Print the table. Returns the names of workloads whose pods are not all ready."""
    console.print(_table(outputs, workloads))
    console.print(_mesh(outputs, workloads))
    console.print(next_steps, highlight=False, soft_wrap=True)
    return [f"{w.namespace}/{w.name}" for w in workloads if w.ready < w.wanted]


def _table(outputs: Mapping[str, Any], workloads: Sequence[Workload]) -> Table:
    title = f"Services in namespace {outputs['namespace']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    for column in ("Service", "Ready", "Style", "Called by", "Canary"):
        table.add_column(column, justify="right" if column == "Ready" else "left")
    own = [w for w in workloads if w.namespace == outputs["namespace"]]
    for name, service in outputs["services"].items():
        table.add_row(
            name,
            _ready([w for w in own if w.service == name]),
            service["style"],
            ", ".join(service["callers"]) or "-",
            _canary(name, service, outputs),
        )
    table.add_section()
    for name, store in outputs["stores"].items():
        ready = _ready([w for w in own if w.service == name])
        table.add_row(name, ready, store["kind"], ", ".join(store["callers"]) or "-", "")
    return table


def _ready(workloads: Sequence[Workload]) -> str:
    ready, wanted = sum(w.ready for w in workloads), sum(w.wanted for w in workloads)
    color = "green" if workloads and ready >= wanted else "red"
    return f"[{color}]{ready}/{wanted}[/]"


def _canary(name: str, service: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    weights = outputs["canaryWeights"]
    # Stacks deployed before there were automated canaries do not have this output.
    if name in outputs.get("automatedCanaries", ()):
        return "by Flagger"
    if name not in weights:
        return ""
    return f"{weights[name]:g} % to {service['versions'][-1]}"


def _mesh(outputs: Mapping[str, Any], workloads: Sequence[Workload]) -> str:
    release = outputs["linkerdRelease"]
    parts = [
        f"{space} {_ready(found)}"
        for space in namespaces.INSTALLED
        if (found := [w for w in workloads if w.namespace == space])
    ]
    return f"Mesh: Linkerd {release['name']} ({release['version']}), pods ready: {', '.join(parts)}"
