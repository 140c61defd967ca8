"""The plugin protocol's calls, answered by a package's resource types.

Source: ``proto/pulumi/provider.proto`` of pulumi/pulumi.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tools.standins.resource import Change, ResourceType
from tools.standins.schema import Failure, ProviderError
from tools.standins.wire import decode, encode

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _answering(method: _Method) -> _Method:
    """Turn exceptions into gRPC errors without a stack trace or values."""

    @functools.wraps(method)
    def answer(self: Any, request: Any, context: Any) -> Any:
        try:
            return method(self, request, context)
        except ProviderError as error:
            status, message = grpc.StatusCode.INVALID_ARGUMENT, str(error)
        except Exception as error:
            status, message = grpc.StatusCode.INTERNAL, _defect(error)
        context.abort(status, message)

    return cast(_Method, answer)


def _defect(error: Exception) -> str:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown"
    return f"a defect in this stand-in plugin: {type(error).__name__} at {where}"


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The plugin of one package. ``version`` is that of the official plugin."""

    def __init__(self, package: str, version: str, resources: Sequence[ResourceType]) -> None:
        self._package = package
        self._version = version
        self._resources = {resource.token: resource for resource in resources}
        self._cancelled = threading.Event()

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    def Configure(
        self, _request: provider_pb2.ConfigureRequest, _context: Any
    ) -> provider_pb2.ConfigureResponse:
        """There are no settings. Without ``acceptOutputs`` the engine sends plain values."""
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answering
    def Check(
        self, request: provider_pb2.CheckRequest, _context: Any
    ) -> provider_pb2.CheckResponse:
        resource = self._resource(request)
        news = decode(request.news)
        return provider_pb2.CheckResponse(
            inputs=encode(news.values, news.secrets | resource.secrets),
            failures=[
                provider_pb2.CheckFailure(property=failure.property, reason=self._reason(failure))
                for failure in resource.check(news.values, news.secrets)
            ],
        )

    @_answering
    def Diff(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:
        resource = self._resource(request)
        state, news = decode(request.olds).values, decode(request.news).values
        return _diff_response(resource.diff(state, news, datetime.now(UTC)))

    @_answering
    def Create(
        self, request: provider_pb2.CreateRequest, _context: Any
    ) -> provider_pb2.CreateResponse:
        resource = self._resource(request)
        inputs, secrets = decode(request.properties)
        if request.preview:
            identifier, state = "", resource.preview(inputs)
        else:
            self._refuse_if_cancelled()
            identifier, state = resource.make(inputs)
        return provider_pb2.CreateResponse(
            id=identifier, properties=encode(state, secrets | resource.secrets)
        )

    @_answering
    def Read(self, request: provider_pb2.ReadRequest, _context: Any) -> provider_pb2.ReadResponse:
        resource = self._resource(request)
        state, secrets = decode(request.properties)
        inputs, input_secrets = decode(request.inputs)
        if not state:
            problem = f"{resource.token} {request.id!r} cannot be imported"
            raise ProviderError(self._with_remedy(problem))
        state = resource.refresh(state, datetime.now(UTC))
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=encode(state, secrets | resource.secrets),
            inputs=encode(inputs, input_secrets | resource.secrets),
        )

    @_answering
    def Update(
        self, request: provider_pb2.UpdateRequest, _context: Any
    ) -> provider_pb2.UpdateResponse:
        resource = self._resource(request)
        olds, news = decode(request.olds), decode(request.news)
        if not request.preview:
            self._refuse_if_cancelled()
        state = resource.update(olds.values, news.values)
        kept = olds.secrets - resource.inputs.keys()
        return provider_pb2.UpdateResponse(
            properties=encode(state, kept | news.secrets | resource.secrets)
        )

    def Delete(self, _request: Any, _context: Any) -> Any:
        """There is nothing to delete outside the state."""
        return empty_pb2.Empty()

    @_answering
    def Invoke(self, request: provider_pb2.InvokeRequest, _context: Any) -> Any:
        raise ProviderError(self._with_remedy(f"the function {request.tok} is not supported here"))

    def Cancel(self, _request: Any, _context: Any) -> Any:
        """Refuse new work. The process goes on: the engine reports an earlier end as a crash."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def _refuse_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise ProviderError("the operation was cancelled")

    def _resource(self, request: Any) -> ResourceType:
        token = getattr(request, "type", "") or _token_in(request.urn)
        if token not in self._resources:
            supported = ", ".join(sorted(name.rpartition(":")[2] for name in self._resources))
            raise ProviderError(
                self._with_remedy(f"{token} is not supported here; supported types: {supported}")
            )
        return self._resources[token]

    def _reason(self, failure: Failure) -> str:
        return self._with_remedy(failure.reason) if failure.unsupported else failure.reason

    def _with_remedy(self, problem: str) -> str:
        return (
            f"{problem}. This is a stand-in for the {self._package!r} plugin: "
            "install the official one with "
            f"`pulumi plugin install resource {self._package} {self._version}`"
        )


def _token_in(urn: str) -> str:
    """The type token in ``urn:pulumi:stack::project::parent$type::name``."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 2 else urn


def _diff_response(changes: dict[str, Change]) -> provider_pb2.DiffResponse:
    response = provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME
        if changes
        else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=list(changes),
        replaces=[name for name, change in changes.items() if change.replaces],
        hasDetailedDiff=True,
    )
    for name, change in changes.items():
        response.detailedDiff[name].kind = _kind(change)
        response.detailedDiff[name].inputDiff = change.is_input
    return response


def _kind(change: Change) -> provider_pb2.PropertyDiff.Kind.ValueType:
    name = "ADD" if change.old is None else "DELETE" if change.new is None else "UPDATE"
    name += "_REPLACE" if change.replaces else ""
    kind: provider_pb2.PropertyDiff.Kind.ValueType = provider_pb2.PropertyDiff.Kind.Value(name)
    return kind
