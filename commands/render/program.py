"""The program without engine, providers and cluster: what it asks for is written down, not made."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from commands.render.values import plain
from components.config.loading import PROJECT
from tools import paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One resource as the program asks the engine for it.

    ``inputs`` keep the engine's marks of secrets and of values that only a deployment knows.
    ``after`` are the URNs that it waits for, besides those that its ``parent`` waits for.
    """

    urn: str
    parent: str
    type: str
    name: str
    inputs: dict[str, Any]
    after: tuple[str, ...]
    protect: bool = False


@dataclass
class Recording:
    """What a run asked for, and what it warned of."""

    registrations: list[Registration] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def run(stack: str, config: Mapping[str, str]) -> Recording:
    """Run the program for a stack as a preview does, in which nothing is known that others compute.

    ``config`` is as the engine hands it over: full keys with text or JSON. Raises
    ``pulumi.RunError`` where the configuration has problems.
    """
    recording = Recording()
    warned = logging.Logger("program", logging.WARNING)
    warned.addHandler(_Warnings(recording.warnings))
    monitor = _Monitor(recording.registrations)
    with _loop() as loop, _engine_config(config):
        pulumi.runtime.set_mocks(
            _Nothing(), project=PROJECT, stack=stack, preview=True, logger=warned, monitor=monitor
        )
        loop.run_until_complete(run_pulumi_func(_main))
    return recording


def _main() -> None:
    runpy.run_path(str(paths.ROOT / "__main__.py"), run_name="__main__")


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        loop.close()
        asyncio.set_event_loop(asyncio.new_event_loop())


@contextmanager
def _engine_config(config: Mapping[str, str]) -> Iterator[None]:
    """The variable in which the engine hands the config to a program."""
    before = os.environ.get("PULUMI_CONFIG")
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(config))
    try:
        yield
    finally:
        del os.environ["PULUMI_CONFIG"]
        if before is not None:
            os.environ["PULUMI_CONFIG"] = before


class _Nothing(mocks.Mocks):
    """Computes nothing: what a provider would answer stays unknown, as in a preview."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return "", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise pulumi.RunError(f"The program asks a provider ({args.token}), which needs a cluster.")


class _Monitor(mocks.MockMonitor):
    """The SDK's own monitor for tests, which takes down whole requests."""

    def __init__(self, registrations: list[Registration]) -> None:
        super().__init__(_Nothing())
        self._registrations = registrations
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:
        # The SDK's own lacks types.
        response: Any = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        with self._lock:
            self._registrations.append(
                Registration(
                    urn=response.urn,
                    parent=request.parent,
                    type=request.type,
                    name=request.name,
                    inputs=plain(request.object),
                    after=tuple(sorted(request.dependencies)),
                    protect=bool(request.protect),
                )
            )
        return response


class _Warnings(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record.getMessage())
