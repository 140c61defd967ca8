"""The real destination controller, and what it tells a proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tests.cluster.linkerd import proxy_api
from tests.cluster.linkerd.api import Api
from tests.cluster.linkerd.process import Controller, container, program, running

SECONDS = 10.0
SECONDS_HELD = 300.0  # longer than any use of one controller


@dataclass(frozen=True)
class Route:
    """A route as a proxy gets it; ``timeout`` is in milliseconds, None for none.

    ``classes`` are the response classes: lowest status, highest, and whether they are failures.
    """

    name: str
    method: str
    regex: str
    retryable: bool
    timeout: int | None
    classes: tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True)
class Budget:
    """A retry budget as a proxy gets it; ``ttl`` is in milliseconds."""

    ratio: float
    min_retries_per_second: int
    ttl: int


@dataclass(frozen=True)
class Profile:
    """What the controller serves for one authority. ``weights`` maps an authority to its weight."""

    name: str
    opaque: bool
    routes: tuple[Route, ...]
    budget: Budget
    weights: dict[str, int]


@dataclass(frozen=True)
class Destination:
    """A client of a running destination controller, which asks what a proxy asks."""

    channel: Any
    controller: Controller
    _held: dict[str, Any] = field(default_factory=dict)

    def profile(self, authority: str, until: Callable[[Profile], bool] = lambda _: True) -> Profile:
        """The first profile for ``<fqdn>:<port>`` that ``until`` accepts.

        The controller sends a profile at once and again with every change. Fails if it has sent
        none such in 10 s, with the last one.
        """
        self._hold(authority)
        last: Profile | None = None
        stream = self._call("GetProfile", "DestinationProfile", authority)
        try:
            for message in stream:
                last = _profile(message)
                if until(last):
                    return last
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                raise
        finally:
            stream.cancel()
        raise AssertionError(f"{authority}: the last profile in {SECONDS} s was {last}")

    def endpoints(self, authority: str) -> frozenset[str] | None:
        """The pods' addresses behind ``<fqdn>:<port>``; None for a Service that does not exist."""
        stream = self._call("Get", "Update", authority)
        try:
            update = next(stream)
        finally:
            stream.cancel()
        if update.HasField("no_endpoints"):
            return frozenset() if update.no_endpoints.exists else None
        found = (each.addr for each in update.add.addrs)
        return frozenset(f"{ipaddress.IPv4Address(addr.ip.ipv4)}:{addr.port}" for addr in found)

    def _hold(self, authority: str) -> None:
        """Keep a stream open, as a proxy does.

        When the last one closes, release 2.13 forgets the Service's opaque ports
        (``opaque_ports_watcher.go``), and whoever asks next is told that there are none.
        """
        if authority not in self._held:
            stream = self._call("GetProfile", "DestinationProfile", authority, SECONDS_HELD)
            next(stream)
            self._held[authority] = stream

    def _call(self, method: str, answer: str, authority: str, seconds: float = SECONDS) -> Any:
        request = proxy_api.message("GetDestination")(scheme="k8s", path=authority)
        call = self.channel.unary_stream(
            f"/{proxy_api.SERVICE}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=proxy_api.message(answer).FromString,
        )
        return call(request, timeout=seconds)


@contextmanager
def serving(api: Api, log: Path) -> Iterator[Destination]:
    """Run the controller with the arguments of its container in the platform."""
    deployment = api.get("deployment", "linkerd-destination", "--namespace=linkerd")
    arguments = container(deployment["spec"]["template"], "destination")["args"]
    command = [program("linkerd-controller")]
    config = f"-kubeconfig={api.kubeconfig}"
    with (
        running(command, [*arguments, config], log=log) as controller,
        grpc.insecure_channel(
            controller.address, options=[("grpc.enable_http_proxy", 0)]
        ) as channel,
    ):
        yield Destination(channel=channel, controller=controller)


def _profile(message: Any) -> Profile:
    size = message.ByteSize()
    message.DiscardUnknownFields()
    assert message.ByteSize() == size, "the profile has fields that proxy_api.py does not describe"
    budget = message.retry_budget
    return Profile(
        name=message.fully_qualified_name,
        opaque=message.opaque_protocol,
        routes=tuple(_route(route) for route in message.routes),
        budget=Budget(
            ratio=round(budget.retry_ratio, 6),  # a 32-bit float on the wire
            min_retries_per_second=budget.min_retries_per_second,
            ttl=budget.ttl.ToMilliseconds(),
        ),
        weights={each.authority: each.weight for each in message.dst_overrides},
    )


def _route(message: Any) -> Route:
    labels = {label.key: label.value for label in message.metrics_labels}
    method, path = message.condition.all.matches
    if not method.HasField("method"):
        method, path = path, method
    assert path.HasField("path"), f"{labels}: not a method and a path"
    return Route(
        name=labels["route"],
        method=_method(method.method),
        regex=path.path.regex,
        retryable=message.is_retryable,
        timeout=message.timeout.ToMilliseconds() if message.HasField("timeout") else None,
        classes=tuple(_class(each) for each in message.response_classes),
    )


def _class(message: Any) -> tuple[int, int, bool]:
    status = message.condition.status
    return status.min, status.max, message.is_failure


def _method(message: Any) -> str:
    if message.HasField("unregistered"):
        return str(message.unregistered)
    return proxy_api.METHODS[message.registered]
