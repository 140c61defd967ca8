"""Rules about a service's pods: ports, probes, volumes and files."""

from __future__ import annotations

from collections.abc import Iterator

from components.config import documents
from components.config.catalogue.containers import Probe
from components.config.problems import shown
from components.config.rules.context import ServiceContext
from components.findings import Finding


def ports_differ(context: ServiceContext) -> Iterator[Finding]:
    """The ports of a service differ in name and number, and one of them is the main port."""
    service = context.service
    numbers = {service.port: "port"}
    for each, extra in service.ports.items():
        if each == service.protocol and service.port is not None:
            yield Finding(
                path=f"ports.{each}",
                found="the name of the main port",
                allowed="a name other than the main port's protocol",
                fix="Rename it.",
            )
        if extra.port in numbers:
            yield Finding(
                path=f"ports.{each}.port",
                found=f"{extra.port}, which `{numbers[extra.port]}` has too",
                allowed="a port number of its own",
                fix="Correct the number.",
            )
        numbers.setdefault(extra.port, f"ports.{each}")
    if service.port is None and service.ports:
        yield Finding(
            path="ports",
            found="ports without a main `port`",
            allowed="a main `port`",
            fix="Make one of them the main port.",
        )


def probes_are_of_one_kind(context: ServiceContext) -> Iterator[Finding]:
    """A probe is of one kind, and asks no port where there is none."""
    service = context.service
    probes: dict[str, Probe] = {"probe": service.probe, "liveness": service.liveness}
    for key, probe in probes.items():
        if sum((bool(probe.http), probe.tcp, bool(probe.exec))) > 1:
            yield Finding(
                path=key,
                found="more than one kind of probe",
                allowed="one of http, tcp, exec",
                fix="Keep one.",
            )
        if service.port is None and (probe.http or probe.tcp):
            yield Finding(
                path=key,
                found="a probe of a port",
                allowed="`exec`, where there is no port",
                fix="Delete it.",
            )


def volume_is_of_one_pod(context: ServiceContext) -> Iterator[Finding]:
    """A service with a volume has one version and a fixed number of pods."""
    service = context.service
    if service.storage is None:
        return
    clashes = {"autoscaling": service.autoscaling, "versions": service.versions}
    for key in (key for key, value in clashes.items() if value):
        yield Finding(
            path=key,
            found=f"`{key}` of a service with a volume",
            allowed="one version and a fixed number of pods",
            fix=f"Delete `{key}` or `storage`: a volume belongs to one pod.",
        )
    if service.storage.path in service.writable:
        yield Finding(
            path="writable",
            found="the volume's path",
            allowed="other paths",
            fix="Delete it: the volume is writable.",
        )


def files_exist(context: ServiceContext) -> Iterator[Finding]:
    """Each mounted file is a file of the project."""
    service = context.service
    for target, source in service.files.items():
        if not documents.is_project_file(context.catalogue.root, source):
            yield Finding(
                path=f"files.{target}",
                found=shown(source),
                allowed="a file inside the project",
                fix="Correct the path; it starts from the project's folder.",
            )
