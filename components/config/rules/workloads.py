"""What two or more keys about a service's pods decide together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from components.config.catalogue.containers import Probe
from components.config.catalogue.model import Service
from components.config.problems import nearest, one_of

Finding: TypeAlias = tuple[str, str, str, str]
"""Path inside the service's entry, what was found, what is allowed, what to do."""


def check(service: Service, sections: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """All findings about one service. ``sections`` holds the catalogue's names by section."""
    yield from _ports(service)
    yield from _probes(service)
    yield from _storage(service)
    yield from _stand_in(service, list(sections.get("external", ())))


def _ports(service: Service) -> Iterator[Finding]:
    numbers = {service.port: "port"}
    for name, extra in service.ports.items():
        if name == service.protocol and service.port is not None:
            yield (
                f"ports.{name}",
                "the name of the main port",
                "a name other than the main port's protocol",
                "Rename it.",
            )
        if extra.port in numbers:
            yield (
                f"ports.{name}.port",
                f"{extra.port}, which `{numbers[extra.port]}` has too",
                "a port number of its own",
                "Correct the number.",
            )
        numbers.setdefault(extra.port, f"ports.{name}")
    if service.port is None and service.ports:
        yield "ports", "ports beside none", "a main `port`", "Make one of them the main port."


def _probes(service: Service) -> Iterator[Finding]:
    probes: dict[str, Probe] = {"probe": service.probe, "liveness": service.liveness}
    for key, probe in probes.items():
        kinds = [bool(probe.http), probe.tcp, bool(probe.exec)]
        if sum(kinds) > 1:
            yield key, "more than one kind of probe", "one of http, tcp, exec", "Keep one."
        if service.port is None and (probe.http or probe.tcp):
            yield key, "a probe of a port", "`exec`, where there is no port", "Delete it."


def _storage(service: Service) -> Iterator[Finding]:
    if service.storage is None:
        return
    clashes = {"autoscaling": service.autoscaling, "versions": service.versions}
    for key, value in clashes.items():
        if value:
            yield (
                key,
                f"`{key}` of a service with a volume",
                "one version and a fixed number of pods",
                f"Delete `{key}` or `storage`: a volume belongs to one pod.",
            )
    if service.storage.path in service.writable:
        yield "writable", "the volume's path", "other paths", "Delete it: the volume is writable."


def _stand_in(service: Service, externals: list[str]) -> Iterator[Finding]:
    name = service.stands_in_for
    if name is not None and name not in externals:
        near = nearest(name, externals)
        yield (
            "standsInFor",
            f'the unknown external "{name}"',
            one_of(externals),
            f"Did you mean `{near}`?" if near else "Declare it under `external`.",
        )
