"""A run of the program without engine, providers and cluster, which records its resources."""

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
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from commands.render.values import plain
from components.config.loading import PROJECT
from tools import paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One resource as the program asks the engine for it.

    ``inputs`` keep the engine's marks of secrets and of values that are known only after a
    deployment. ``after`` are the URNs that it depends on, besides those of its ``parent``.
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
    """The resources, warnings and outputs of a run."""

    registrations: list[Registration] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)


class Previewed(mocks.Mocks):
    """Answers as providers do in a preview: what they would compute is unknown."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """No id, and the inputs alone."""
        return "", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Raises ``pulumi.RunError``: a function of a provider needs a cluster."""
        raise pulumi.RunError(f"The program calls {args.token} of a provider: it needs a cluster.")


def run(
    stack: str,
    config: Mapping[str, str],
    *,
    providers: mocks.Mocks | None = None,
    preview: bool = True,
    root: Path | None = None,
) -> Recording:
    """Run the program for a stack.

    ``config`` is as the engine passes it: full keys with text or JSON. ``providers`` answers for
    the providers; :class:`Previewed` by default. ``root`` is the program's folder. Raises
    ``pulumi.RunError`` where the configuration has problems.
    """
    providers = providers or Previewed()
    main = (root or paths.ROOT) / "__main__.py"
    recording = Recording()
    warned = logging.Logger("program", logging.WARNING)
    warned.addHandler(_Warnings(recording.warnings))
    monitor = _Monitor(providers, recording.registrations)
    with _loop() as loop, _engine_config(config):
        pulumi.runtime.set_mocks(
            providers,
            project=PROJECT,
            stack=stack,
            preview=preview,
            logger=warned,
            monitor=monitor,
        )
        loop.run_until_complete(run_pulumi_func(partial(_run_file, main)))
        recording.outputs.update(loop.run_until_complete(_outputs()))
    return recording


def _run_file(main: Path) -> None:
    runpy.run_path(str(main), run_name="__main__")


async def _outputs() -> dict[str, Any]:
    """The stack's outputs, with ``None`` for unknown values and secrets revealed."""
    stack = get_root_resource()
    assert isinstance(stack, Stack)
    return {
        name: await pulumi.Output.from_input(value).future()
        for name, value in stack.outputs.items()
    }


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
    """The variable in which the engine passes the config to a program."""
    before = os.environ.get("PULUMI_CONFIG")
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(config))
    try:
        yield
    finally:
        del os.environ["PULUMI_CONFIG"]
        if before is not None:
            os.environ["PULUMI_CONFIG"] = before


class _Monitor(mocks.MockMonitor):
    """The SDK's monitor for tests, which also records whole requests."""

    def __init__(self, providers: mocks.Mocks, registrations: list[Registration]) -> None:
        super().__init__(providers)
        self._registrations = registrations
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:
        mocked: Any = super()  # the SDK's own lacks types
        recorded = Registration(
            urn=mocked.make_urn(request.parent, request.type, request.name),
            parent=request.parent,
            type=request.type,
            name=request.name,
            inputs=plain(request.object),
            after=tuple(sorted(request.dependencies)),
            protect=bool(request.protect),
        )
        with self._lock:
            self._registrations.append(recorded)
        return mocked.RegisterResource(request)


class _Warnings(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record.getMessage())
