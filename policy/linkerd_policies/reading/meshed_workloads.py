"""Which workloads are in the mesh, and what a rule reads of their pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from linkerd_policies.framework.model import Finding, Settings, StackCheck
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading.mesh import is_meshed, meshed_namespaces
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.settings import SYSTEM_NAMESPACES

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod: its spec, ``UNKNOWN`` where the preview does not know it."""

    path: str
    spec: Any
    field: str

    @property
    def serves(self) -> bool:
        """Whether it is one of the pod's main containers."""
        return self.field == "containers"


@dataclass(frozen=True, slots=True)
class Workload:
    """A meshed object with a pod template, which is at ``holder``."""

    obj: KubeObject
    holder: tuple[str, ...]

    def pod(self, *path: str | int) -> Any:
        """What the pod's spec says at ``path``."""
        return peek(self.obj.props, *self.holder, "spec", *path)

    def metadata(self, *path: str) -> Any:
        """What the pod's metadata says at ``path``."""
        return peek(self.obj.props, *self.holder, "metadata", *path)

    def path(self, *steps: str) -> str:
        """How messages name a place in the pod's spec."""
        return ".".join((*self.holder, "spec", *steps))

    def containers(self) -> Iterator[Container]:
        """Every container, the init containers first."""
        for field in _CONTAINERS:
            found = self.pod(field)
            if found is UNKNOWN:
                yield Container(self.path(field), UNKNOWN, field)
            for index, spec in enumerate(elements(found)):
                yield Container(f"{self.path(field)}[{index}]", spec, field)


WorkloadCheck: TypeAlias = Callable[[Workload, Settings], Iterator[str]]
ContainerCheck: TypeAlias = Callable[[Workload, Container, Settings], Iterator[str]]


def for_workloads(check: WorkloadCheck) -> StackCheck:
    """A rule on the stack that asks ``check`` about each meshed workload."""

    def run(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
        for workload in meshed_workloads(objects, settings):
            for message in check(workload, settings):
                yield Finding(message, workload.obj.urn)

    return run


def for_containers(check: ContainerCheck) -> StackCheck:
    """A rule on the stack that asks ``check`` about each container of each meshed workload."""

    def of_workload(workload: Workload, settings: Settings) -> Iterator[str]:
        for container in workload.containers():
            if container.spec is UNKNOWN:
                yield must_be_plain(workload.obj, container.path)
            else:
                yield from check(workload, container, settings)

    return for_workloads(of_workload)


def wanted(workload: Workload, path: str, value: Any, fine: bool, message: str) -> Iterator[str]:
    """``message`` unless the value is ``fine``; a patch may leave it to the object it changes."""
    if value is UNKNOWN:
        yield must_be_plain(workload.obj, path)
    elif not fine and not (workload.obj.patch and value is None):
        yield message


def meshed_workloads(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Workload]:
    """The workloads that get a proxy, by their own annotation or their namespace's.

    An annotation or a namespace that the preview does not know counts as meshed. Those of Linkerd
    itself are left out.
    """
    meshed = meshed_namespaces(objects, settings)
    for obj in of_kinds(objects, *POD_TEMPLATES):
        if obj.namespace not in settings[SYSTEM_NAMESPACES.name] and is_meshed(obj, meshed):
            yield Workload(obj, POD_TEMPLATES[obj.group_kind])
