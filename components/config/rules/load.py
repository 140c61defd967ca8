"""Rules about the load generator, in the catalogue and in a stack's settings."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.rules.context import CatalogueContext, StackContext
from components.findings import Finding


def load_needs_an_http_gateway(catalogue: CatalogueContext) -> Iterator[Finding]:
    """The load generator speaks HTTP/1.1."""
    gateway = catalogue.services.get(str(catalogue.gateway))
    if catalogue.load is not None and gateway and gateway.protocol in ("http2", "grpc"):
        yield Finding(
            path="load",
            found=f"a load for a gateway whose protocol is {gateway.protocol}",
            allowed="a gateway whose protocol is http",
            fix="Delete `load`, and add a service that makes the requests.",
        )


def load_routes_are_requests(catalogue: CatalogueContext) -> Iterator[Finding]:
    """Each route of the load is one request that can be sent, and is there once."""
    seen: dict[str, int] = {}
    for index, route in enumerate(catalogue.load.routes if catalogue.load else ()):
        if "{" in route.path:
            yield Finding(
                path=f"load.routes.{index}.path",
                found=f'"{route.path}", which has a parameter',
                allowed="the path of a request, as it is sent",
                fix="Write a value in place of the parameter: /api/users/1.",
            )
        first = seen.setdefault(route.name, index)
        if first != index:
            yield Finding(
                path=f"load.routes.{index}",
                found=f'"{route.name}", which is the same as route {first}',
                allowed="each method and path once",
                fix="Delete it, and raise the other's `share`.",
            )


def rate_needs_a_load(stack: StackContext) -> Iterator[Finding]:
    """A rate needs a catalogue that says what to send."""
    rate = stack.settings.load.rate
    if rate and not stack.catalogue.has_load:
        yield Finding(
            path="load.rate",
            found=f"{rate:g} requests per second, of a catalogue without `load`",
            allowed="0, or a catalogue with `load`",
            fix=f"Add `load` with its routes to {stack.settings.catalogue}, or delete the key.",
        )
