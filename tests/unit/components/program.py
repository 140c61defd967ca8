"""The whole program under Pulumi's mocks: what it registers, and what it exports."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from unittest import mock

import yaml
from pulumi.runtime import mocks, rpc

from commands.render import program
from commands.render.program import Registration
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

Key: TypeAlias = tuple[str, str]
EGRESS_ROUTES = {kind: frozenset({version}) for kind, version in ROUTES_OF_LIMITS.items()}
"""The routes of the Gateway API's experimental channel, as a cluster serves them."""


class Answering(program.Previewed):
    """Providers that answer with an id, the inputs and what they would compute."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """An id that is made from the name, and the outputs."""
        return f"{args.name}-id", {**_revealed(args.inputs), **_computed(args.typ)}


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
    """All registrations of one run, with the secrets in them revealed, and the stack's outputs."""

    registered: list[Registration]
    outputs: dict[str, Any]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The inputs of every resource of a type, by name."""
        return {r.name: r.inputs for r in self.registered if r.type == kind}

    def needs(self) -> dict[Key, set[Key]]:
        """What the engine creates before each resource; both by their type and name."""
        return {(r.type, r.name): {_key(urn) for urn in r.after} for r in self.registered}


def _key(urn: str) -> Key:
    kind, _, name = urn.rpartition("$")[2].rpartition("::")
    return kind, name


def config_of(stack: str) -> dict[str, Any]:
    """The config of a stack's file, as plain data."""
    text = (paths.ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)["config"]
    return document


def as_engine(config: Mapping[str, Any]) -> dict[str, str]:
    """The config as the engine hands it over: text, or JSON."""
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in config.items()}


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
    deployed = found_volumes or volumes.Deployed()
    cluster = facts.Facts(version=kubernetes, nodes=nodes, gateway_api=gateway_api)
    with (
        mock.patch.object(connection, "ask", return_value=cluster),
        mock.patch.object(volumes, "deployed", return_value=deployed),
        mock.patch.object(secrets, "names", return_value=frozenset()),
        mock.patch.object(folders, "holds", return_value=True),
        mock.patch.object(kube_system, "is_locked", return_value=locked),
        mock.patch.object(cluster_wide, "of_others", return_value=[]),
        mock.patch.object(crd_gates, "refusal", return_value=None),
    ):
        made = program.run(
            stack, as_engine(config), providers=Answering(), preview=preview, root=root
        )
    registered = [replace(one, inputs=_revealed(one.inputs)) for one in made.registrations]
    return Outcome(registered=registered, outputs=made.outputs)


def of_catalogue(root: Path, document: Any, stack: str = "dev", **changes: Any) -> Outcome:
    """As :func:`run`, with a catalogue of its own, and by default without what another one has."""
    file = root / "services.yaml"
    file.write_text(yaml.safe_dump(document))
    nothing: dict[str, Any] = {"canaries": {}, "standIns": [], "secrets": {}}
    return run(stack, catalogue=str(file), **{**nothing, **changes})


def once(stack: str, *, kubernetes: tuple[int, int] = (1, 35), **changes: Any) -> Outcome:
    """As :func:`run` in ``up``, but one run for all tests that only read the same outcome."""
    return _once(stack, kubernetes, json.dumps(changes, sort_keys=True))


@cache
def _once(stack: str, kubernetes: tuple[int, int], changes: str) -> Outcome:
    return run(stack, kubernetes=kubernetes, **json.loads(changes))
