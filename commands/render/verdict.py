"""The policy pack's verdict on a run, by the protocol that the engine uses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from commands.deploy.errors import DeployError
from commands.render.program import Registration
from tools import paths

PACK = paths.ROOT / "policy"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Violation:
    """One violation: the rule, the resource's name, and the rule's message."""

    rule: str
    resource: str
    message: str
    is_mandatory: bool


def judge(registrations: Sequence[Registration], config: Path | None) -> list[Violation]:
    """Every violation in the program's resources, each once.

    ``config`` is the pack's configuration, a JSON file. Raises :class:`DeployError` if the pack
    does not start or refuses the configuration.
    """
    with _pack() as pack:
        if config is not None:
            _configure(pack, json.loads(config.read_text(encoding="utf-8")))
        diagnostics: list[tuple[Registration | None, Any]] = [
            (one, found)
            for one in registrations
            for found in pack.Analyze(_request(one)).diagnostics
        ]
        whole = analyzer_pb2.AnalyzeStackRequest(resources=[_resource(r) for r in registrations])
        by_urn = {one.urn: one for one in registrations}
        diagnostics += [(by_urn.get(d.urn), d) for d in pack.AnalyzeStack(whole).diagnostics]
    return sorted({_violation(one, found) for one, found in diagnostics})


def _violation(one: Registration | None, found: Any) -> Violation:
    return Violation(
        rule=found.policyName,
        resource=one.name if one else "the whole stack",
        message=found.message.partition("\n")[2] or found.message,
        is_mandatory=found.enforcementLevel == analyzer_pb2.MANDATORY,
    )


@contextmanager
def _pack() -> Iterator[Any]:
    """The pack's server, which prints its port on its first line."""
    command = [sys.executable, "-u", "__main__.py"]
    process = subprocess.Popen(command, cwd=PACK, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise DeployError("The policy pack does not start; see its error above.")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    except grpc.RpcError as error:
        raise DeployError(f"The policy pack refuses: {error.details()}") from None
    finally:
        process.kill()
        process.wait()


def _configure(pack: Any, written: Mapping[str, Any]) -> None:
    policies = {}
    for rule, entry in written.items():
        settings = dict(entry) if isinstance(entry, Mapping) else {"enforcementLevel": entry}
        level = settings.pop("enforcementLevel", "mandatory")
        policies[rule] = analyzer_pb2.PolicyConfig(
            enforcementLevel=analyzer_pb2.EnforcementLevel.Value(level.upper()),
            properties=_struct(settings),
        )
    pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=policies))


def _request(one: Registration) -> Any:
    return analyzer_pb2.AnalyzeRequest(
        type=one.type, name=one.name, urn=one.urn, properties=_struct(one.inputs)
    )


def _resource(one: Registration) -> Any:
    return analyzer_pb2.AnalyzerResource(
        type=one.type,
        name=one.name,
        urn=one.urn,
        properties=_struct(one.inputs),
        parent=one.parent,
        dependencies=one.after,
    )


def _struct(values: Mapping[str, Any]) -> Any:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct
