"""What is wrong with a load that is valid key by key."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.catalogue.model import Load, Service
from components.config.problems import Problem
from components.config.stack.settings import Settings
from components.names import LOAD_GENERATOR


def catalogue(
    file: str, load: Load, gateway: Service | None, sections: dict[str, list[str]]
) -> Iterator[Problem]:
    """The rules within the catalogue; ``sections`` are the declared names as written."""
    for section, names in sections.items():
        if LOAD_GENERATOR in names:
            yield Problem(
                file=file,
                path=f"{section}.{LOAD_GENERATOR}",
                found="the name of the load generator's own workload",
                allowed=f"another name, or no `load` beside {section}.{LOAD_GENERATOR}",
                fix="Rename it.",
            )
    if gateway is not None and gateway.protocol in ("http2", "grpc"):
        yield Problem(
            file=file,
            path="load",
            found=f"a load for a gateway whose protocol is {gateway.protocol}",
            allowed="a gateway whose protocol is http",
            fix="Delete `load`, and add a service that makes the requests.",
        )
    yield from _routes(file, load)


def _routes(file: str, load: Load) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, route in enumerate(load.routes):
        if "{" in route.path:
            yield Problem(
                file=file,
                path=f"load.routes.{index}.path",
                found=f'"{route.path}", which has a parameter',
                allowed="the path of a request, as it is sent",
                fix="Write a value in the parameter's place: /api/users/1.",
            )
        first = seen.setdefault(route.container, index)
        if first != index:
            yield Problem(
                file=file,
                path=f"load.routes.{index}",
                found=f'"{route.method} {route.path}", which is the same as route {first}',
                allowed="each method and path once",
                fix="Delete it, and raise the other's `share`.",
            )


def settings(file: str, wanted: Settings, load: object) -> Iterator[Problem]:
    """The rule for a stack: a rate needs a catalogue that says what to send.

    ``load`` is the catalogue's entry as written, ``None`` where it has none.
    """
    if wanted.load.rate and load is None:
        yield Problem(
            file=file,
            path="load.rate",
            found=f"{wanted.load.rate:g} requests per second, of a catalogue without `load`",
            allowed="0, or a catalogue with `load`",
            fix=f"Add `load` with its routes to {wanted.catalogue}, or delete the key.",
        )
