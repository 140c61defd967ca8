"""``make status``: what runs, and where to look next."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from commands.console import console
from commands.deploy import kubernetes_api, report, session
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.linkerd import namespaces


def run(stack: Stack) -> int:
    """Show what runs in the stack. Returns 1 where some of it is not ready."""
    return show(session.start(stack))


def show(engine: Engine) -> int:
    """The same with an engine that is ready. Raises :class:`DeployError` before the first run."""
    outputs = engine.outputs()
    if "services" not in outputs:
        raise DeployError("Nothing is deployed. `make up` deploys the platform.")
    spaces = [outputs["namespace"], *namespaces.INSTALLED]
    workloads = kubernetes_api.workloads(engine.stack.cluster(), spaces)
    waiting = report.show(console(), outputs, workloads, _next_steps(engine, outputs))
    if waiting:
        print(f"error: not ready: {', '.join(waiting)}", file=sys.stderr)
    return 1 if waiting else 0


def _next_steps(engine: Engine, outputs: Mapping[str, Any]) -> str:
    name = engine.stack.name
    kubeconfig = engine.stack.cluster().kubeconfig
    option = f" --kubeconfig {kubeconfig}" if kubeconfig else ""
    return "\n".join(
        (
            "Where to look next:",
            f"  gateway    {_gateway(engine.stack, outputs)}",
            f"  objects    .local/bin/kubectl{option} get trafficsplit,sp,httproute,deploy,svc "
            f"-n {outputs['namespace']}",
            f"  change it  edit Pulumi.{name}.yaml or services.yaml, then `make preview` and "
            "`make up`",
        )
    )


def _gateway(stack: Stack, outputs: Mapping[str, Any]) -> str:
    if stack.is_local:
        return "nothing answers: the pods of the local cluster are simulated"
    return outputs.get("gatewayUrl") or "the load balancer has no address yet"
