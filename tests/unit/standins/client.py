"""A client of a stand-in plugin: its launcher as a process, and the protocol over real gRPC.

Values are read with protobuf's own JSON form, not with the stand-ins' codec.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tools import paths

LAUNCHERS = paths.ROOT / "tools" / "standins" / "bin"
SECONDS = 30
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
DIFF = provider_pb2.DiffResponse


def secret(value: Any) -> dict[str, Any]:
    """A value as the engine marks a secret."""
    return {**SECRET, "value": value}


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


class State(NamedTuple):
    """Properties as a client sees them: plain values, and the names of the secret ones."""

    id: str
    values: dict[str, Any]
    secrets: set[str]
    raw: struct_pb2.Struct


def read(raw: struct_pb2.Struct, identifier: str = "") -> State:
    found = json_format.MessageToDict(raw)
    secrets = {
        name
        for name, value in found.items()
        if isinstance(value, dict) and SECRET.items() <= value.items()
    }
    values = {name: value["value"] if name in secrets else value for name, value in found.items()}
    return State(identifier, values, secrets, raw)


def environment() -> dict[str, str]:
    """An environment like that of the engine: this Python is the first on PATH."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


class Plugin:
    """A running plugin."""

    def __init__(self, package: str, launcher: Path | None = None, cwd: Path | None = None) -> None:
        self.process = subprocess.Popen(
            [str(launcher or LAUNCHERS / f"pulumi-resource-{package}"), "127.0.0.1:1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            cwd=cwd,
        )
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def close(self) -> int:
        """End the plugin as the end of the engine does; returns its exit code.

        What it wrote to stderr is then in ``errors``.
        """
        self._channel.close()
        _, self.errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode

    @staticmethod
    def urn(token: str) -> str:
        return f"urn:pulumi:dev::project::platform:mesh:Identity${token}::name"

    def check(self, token: str, inputs: dict[str, Any]) -> tuple[State, dict[str, str]]:
        answer = self._ask("Check", provider_pb2.CheckRequest, token, news=struct(inputs))
        return read(answer.inputs), {one.property: one.reason for one in answer.failures}

    def create(self, token: str, inputs: dict[str, Any], *, preview: bool = False) -> State:
        """Check, which must pass, and create."""
        _, failures = self.check(token, inputs)
        assert not failures
        properties = struct(inputs)
        request = provider_pb2.CreateRequest
        answer = self._ask("Create", request, token, properties=properties, preview=preview)
        return read(answer.properties, answer.id)

    def diff(self, token: str, state: State, inputs: dict[str, Any]) -> provider_pb2.DiffResponse:
        sides = {"id": state.id, "olds": state.raw, "news": struct(inputs)}
        answer: provider_pb2.DiffResponse = self._ask(
            "Diff", provider_pb2.DiffRequest, token, **sides
        )
        return answer

    def update(self, token: str, state: State, inputs: dict[str, Any]) -> State:
        sides = {"id": state.id, "olds": state.raw, "news": struct(inputs)}
        answer = self._ask("Update", provider_pb2.UpdateRequest, token, **sides)
        return read(answer.properties, state.id)

    def refresh(self, token: str, state: State, inputs: dict[str, Any]) -> tuple[State, State]:
        """Read; returns the state and the inputs."""
        sides = {"id": state.id, "properties": state.raw, "inputs": struct(inputs)}
        answer = self._ask("Read", provider_pb2.ReadRequest, token, **sides)
        return read(answer.properties, answer.id), read(answer.inputs)

    def _ask(self, method: str, request: Any, token: str, **fields: Any) -> Any:
        call = getattr(self.stub, method)
        return call(request(urn=self.urn(token), **fields), timeout=SECONDS)
