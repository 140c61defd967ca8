"""The whole program under Pulumi's mocks: what it registers, and what it exports."""

from __future__ import annotations

import asyncio
import json
import runpy
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import yaml
from pulumi.runtime import rpc
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from components.cluster import (
    cluster_wide,
    connection,
    crd_gates,
    facts,
    folders,
    kube_system,
    secrets,
    volumes,
)
from components.linkerd.releases import ROUTES_OF_LIMITS
from tools import paths

EGRESS_ROUTES = {kind: frozenset({version}) for kind, version in ROUTES_OF_LIMITS.items()}
"""The routes of the Gateway API's experimental channel, as a cluster serves them."""


@dataclass(frozen=True)
class Registered:
    """One resource as the engine would see it."""

    type: str
    name: str
    inputs: dict[str, Any]


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Records every registration; an id and the inputs are all that comes back."""

    registered: list[Registered] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs: dict[str, Any] = _revealed(args.inputs)
        self.registered.append(Registered(args.typ, args.name, inputs))
        return f"{args.name}-id", {**inputs, **_computed(args.typ)}

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the program calls {args.token}")


def _revealed(value: Any) -> Any:
    """The value without the marks of secrets, for assertions on what is inside."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return _revealed(value["value"])
        return {key: _revealed(inner) for key, inner in value.items()}
    return [_revealed(inner) for inner in value] if isinstance(value, list) else value


def _computed(kind: str) -> dict[str, Any]:
    if kind == "random:index/randomPassword:RandomPassword":
        return {"result": "generated-password"}
    if kind.startswith("tls:"):
        return {
            "privateKeyPem": "generated-key",
            "certPem": "generated-certificate",
            "certRequestPem": "generated-request",
        }
    if kind == "kubernetes:core/v1:Service":
        return {"status": {"loadBalancer": {"ingress": [{"hostname": "gateway.test"}]}}}
    return {}


@dataclass(frozen=True)
class Outcome:
    """All registrations of one run, and the stack's outputs."""

    registered: list[Registered]
    outputs: dict[str, Any]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The inputs of every resource of a type, by name."""
        return {r.name: r.inputs for r in self.registered if r.type == kind}


def config_of(stack: str) -> dict[str, Any]:
    """The config of a stack's file, as plain data."""
    text = (paths.ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)["config"]
    return document


def as_engine(config: Mapping[str, Any]) -> dict[str, str]:
    """The config as the engine hands it over: text, or JSON."""
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in config.items()}


@contextmanager
def _environment(config: Mapping[str, Any]) -> Iterator[None]:
    changed = {"PULUMI_CONFIG": json.dumps(as_engine(config))}
    with mock.patch.dict("os.environ", changed):
        yield


async def _exported() -> dict[str, Any]:
    stack = get_root_resource()
    assert isinstance(stack, Stack)
    return {
        name: await pulumi.Output.from_input(value).future()
        for name, value in stack.outputs.items()
    }


def run(
    stack: str = "local",
    *,
    preview: bool = False,
    kubernetes: tuple[int, int] = (1, 35),
    nodes: int = 3,
    gateway_api: facts.GatewayCrds | None = None,
    locked: bool = False,
    root: Path = paths.ROOT,
    found_volumes: volumes.Deployed | None = None,
    **changes: Any,
) -> Outcome:
    """Run the program afresh for a stack; ``changes`` replace keys of its config.

    A ``catalogue`` with an absolute path runs with a copy of the program beside it. ``locked``: the
    cluster refuses labels on ``kube-system``. ``root`` is a folder with a copy of the program, and
    ``found_volumes`` are those of the cluster. Raises what the program raises.
    """
    catalogue = Path(changes.get("catalogue", ""))
    if catalogue.is_absolute():
        root, changes["catalogue"] = catalogue.parent, catalogue.name
        shutil.copy(paths.ROOT / "__main__.py", root)
    config = config_of(stack)
    if kubernetes < (1, 30):  # which know neither the pause before a stop nor the gates
        config["linkerd-platform:pods"] = {"preStopSeconds": 0}
        config["linkerd-platform:admission"] = {"mode": "off"}
    config.update({f"linkerd-platform:{key}": value for key, value in changes.items()})
    if config["linkerd-platform:linkerd"].get("gatewayApi") == "external" and gateway_api is None:
        gateway_api = facts.GatewayCrds(version=(1, 2, 1), served=EGRESS_ROUTES)
    recorder = Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(recorder, project="linkerd-platform", stack=stack, preview=preview)

    def ask(_: object) -> facts.Facts:
        return facts.Facts(version=kubernetes, nodes=nodes, gateway_api=gateway_api)

    def program() -> None:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")

    try:
        with (
            _environment(config),
            mock.patch.object(connection, "ask", ask),
            mock.patch.object(
                volumes, "deployed", return_value=found_volumes or volumes.Deployed()
            ),
            mock.patch.object(secrets, "names", return_value=frozenset()),
            mock.patch.object(folders, "holds", return_value=True),
            mock.patch.object(kube_system, "is_locked", return_value=locked),
            mock.patch.object(cluster_wide, "of_others", return_value=[]),
            mock.patch.object(crd_gates, "refusal", return_value=None),
        ):
            loop.run_until_complete(run_pulumi_func(program))
        outputs = loop.run_until_complete(_exported())
    finally:
        loop.close()
        # Other tests of the session expect a loop that is open.
        asyncio.set_event_loop(asyncio.new_event_loop())
    return Outcome(registered=recorder.registered, outputs=outputs)


def once(stack: str, *, kubernetes: tuple[int, int] = (1, 35), **changes: Any) -> Outcome:
    """As :func:`run` in ``up``, but one run for all tests that only read the same outcome."""
    return _once(stack, kubernetes, json.dumps(changes, sort_keys=True))


@cache
def _once(stack: str, kubernetes: tuple[int, int], changes: str) -> Outcome:
    return run(stack, kubernetes=kubernetes, **json.loads(changes))
