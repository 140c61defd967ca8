"""A program that changes a few objects and reads no configuration: all it knows is the state.

It registers the objects to change with their new inputs, and everything that they hang on as it
stands in the state. The engine gets the same objects as its targets: it keeps the old inputs of
what it is not told to change, asks no provider about it, and leaves alone what is not registered.
Source: https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/ (``--target``)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

STACK = "pulumi:pulumi:Stack"
_PROVIDERS = "pulumi:providers:"
_OF_THE_ENGINE = frozenset({"version", "pluginDownloadURL", "__internal"})


@contextmanager
def served(
    resources: Sequence[Mapping[str, Any]],
    changed: Mapping[str, Mapping[str, Any]],
    outputs: Mapping[str, Any],
) -> Iterator[str]:
    """Serve the program to the engine's option ``--client``, as the Automation API does.

    ``resources`` are those of the state, ``changed`` has new inputs by URN, and ``outputs`` are the
    stack's after the run. Yields the server's address. The engine starts no Python of its own, and
    the run takes half the time.
    """
    wanted = in_order(resources, changed)

    def program() -> None:
        known: dict[str, pulumi.Resource] = {}
        for one in wanted:
            known[one["urn"]] = _register(one, changed.get(one["urn"]), known)
        for name, value in outputs.items():
            pulumi.export(name, value)

    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None)


def in_order(
    resources: Iterable[Mapping[str, Any]], urns: Iterable[str]
) -> list[Mapping[str, Any]]:
    """The resources, and all that they hang on, in the state's order, which has those first."""
    state = {one["urn"]: one for one in resources if not one.get("delete")}
    wanted = _closure(state, urns)
    return [one for urn, one in state.items() if urn in wanted and one["type"] != STACK]


def _closure(state: Mapping[str, Mapping[str, Any]], urns: Iterable[str]) -> set[str]:
    """The resources and all that they hang on, which the state has to list before them."""
    found, open_ = set[str](), list(urns)
    while open_:
        urn = open_.pop()
        if urn not in found:
            found.add(urn)
            open_ += _needs(state[urn])
    return found


def _needs(one: Mapping[str, Any]) -> set[str]:
    others = (one.get("parent"), one.get("deletedWith"), _provider(one))
    return {*_dependencies(one), *(urn for urn in others if urn)}


def _dependencies(one: Mapping[str, Any]) -> set[str]:
    by_property = (one.get("propertyDependencies") or {}).values()
    return {*one.get("dependencies", ()), *(urn for urns in by_property for urn in urns or ())}


def _provider(one: Mapping[str, Any]) -> str | None:
    """The URN in the reference to the provider, which ends with the provider's id."""
    return str(one["provider"]).rpartition("::")[0] if one.get("provider") else None


def _register(
    one: Mapping[str, Any], inputs: Mapping[str, Any] | None, known: Mapping[str, Any]
) -> pulumi.Resource:
    kind, name = one["type"], one["urn"].rpartition("::")[2]
    options = pulumi.ResourceOptions(
        parent=known.get(one.get("parent", "")),
        provider=known.get(_provider(one) or ""),
        depends_on=[known[urn] for urn in sorted(_dependencies(one))],
        deleted_with=known.get(one.get("deletedWith", "")),
        protect=bool(one.get("protect")),
    )
    if kind.startswith(_PROVIDERS):
        of_state = one.get("inputs") or {}
        options.version = of_state.get("version")
        own = {key: value for key, value in of_state.items() if key not in _OF_THE_ENGINE}
        return pulumi.ProviderResource(kind.removeprefix(_PROVIDERS), name, own, options)
    if one.get("custom"):
        return pulumi.CustomResource(kind, name, dict(inputs or {}), options)
    return pulumi.ComponentResource(kind, name, None, options)
