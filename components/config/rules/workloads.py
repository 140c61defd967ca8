"""Rules about a service's pods: ports, probes, volumes and files."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from components.config import documents
from components.config.catalogue.containers import Probe, ProxyResources, Resources
from components.config.catalogue.model import Service
from components.config.problems import shown
from components.config.quantities import amount
from components.config.rules.context import ServiceContext
from components.findings import Finding

CONFIG_MAP = 1024 * 1024
"""The bytes of a ConfigMap: https://kubernetes.io/docs/concepts/configuration/configmap/."""


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
        if service.port is not None and probe.http and service.protocol != "http":
            yield Finding(
                path=f"{key}.http",
                found=f"an HTTP/1.1 request to a port whose protocol is {service.protocol}",
                allowed="`exec`, or `tcp`",
                fix="Replace it: such a probe would always fail.",
            )
        if service.port is None and (probe.http or probe.tcp):
            yield Finding(
                path=key,
                found="a probe of a port",
                allowed="`exec`, where there is no port",
                fix="Delete it.",
            )


def requests_are_within_limits(context: ServiceContext) -> Iterator[Finding]:
    """No container asks for more than it may use; what the entry leaves out has its default."""
    yield from beyond_limits(context.service)


def beyond_limits(service: Service) -> Iterator[Finding]:
    """The requests of the container and of its proxy that are above their limits."""
    for key in ("resources", "proxy"):
        found: Resources | ProxyResources = getattr(service, key)
        for unit in ("cpu", "memory"):
            request, limit = getattr(found.requests, unit), getattr(found.limits, unit)
            if request is None or limit is None or amount(request) <= amount(limit):
                continue
            yield Finding(
                path=f"{key}.requests.{unit}",
                found=f"{request}, above the limit {limit}",
                allowed=f"at most `{key}.limits.{unit}`",
                fix=f"Set `{key}.limits.{unit}` to at least {request}, or lower the request. A "
                "key that is left out has a default.",
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


def mounts_differ(context: ServiceContext) -> Iterator[Finding]:
    """Nothing is mounted at a path where something else is."""
    service = context.service
    taken: dict[str, str] = {}
    if service.storage is not None:
        taken[_place(service.storage.path)] = "storage"
    for index, each in enumerate(service.writable):
        other = taken.setdefault(_place(each), f"writable.{index}")
        if other == "storage":
            yield Finding(
                path="writable",
                found="the volume's path",
                allowed="other paths",
                fix="Delete it: the volume is writable.",
            )
        elif other != f"writable.{index}":
            yield _mounted(f"writable.{index}", each, other)
    for each in service.files:
        other = taken.setdefault(_place(each), f"files.{each}")
        if other != f"files.{each}":
            yield _mounted(f"files.{each}", each, other)


def _place(path: str) -> str:
    """The folder or file that the path means: ``/tmp/`` and ``//tmp`` are ``/tmp``."""
    return normpath("/" + path.lstrip("/"))


def _mounted(path: str, found: str, other: str) -> Finding:
    return Finding(
        path=path,
        found=f'"{found}", at which `{other}` is mounted too',
        allowed="each path once",
        fix="Delete one of them, or correct its path.",
    )


def files_exist(context: ServiceContext) -> Iterator[Finding]:
    """Each mounted file is a text file of the project, and all of them fit into a ConfigMap."""
    catalogue, total = context.catalogue, 0
    for target, source in context.service.files.items():
        file = catalogue.folder / source
        if not documents.is_project_file(catalogue.root, file):
            yield Finding(
                path=f"files.{target}",
                found=shown(source),
                allowed="a file inside the project",
                fix="Correct the path; it starts from the catalogue's folder.",
            )
            continue
        try:
            total += len(file.read_text(encoding="utf-8").encode())
        except (OSError, UnicodeDecodeError):
            yield Finding(
                path=f"files.{target}",
                found=f"{shown(source)}, which is no text in UTF-8",
                allowed="a readable text file in UTF-8",
                fix="Put it into the image: a binary file cannot be mounted.",
            )
    if total > CONFIG_MAP:
        yield Finding(
            path="files",
            found=f"{total} bytes in all",
            allowed=f"at most {CONFIG_MAP}, which a ConfigMap holds",
            fix="Put large files into the image.",
        )
