"""Which namespaces and workloads are in the mesh, as far as a preview can know.

What is unknown counts as meshed: a namespace whose annotation or name the preview does not know,
and an object whose namespace it does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from linkerd_policies.framework.model import Finding, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, peek
from linkerd_policies.framework.stack import Stack, of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.settings import MESHED_NAMESPACES


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Namespaces by name. One whose name is unknown may be any."""

    names: frozenset[str | Unknown]

    def may_include(self, namespace: str | Unknown) -> bool:
        """Whether ``namespace`` is, or may be, one of these."""
        if namespace is UNKNOWN or UNKNOWN in self.names:
            return bool(self.names)
        return namespace in self.names


def meshed_namespaces(objects: Sequence[KubeObject], settings: Settings) -> Namespaces:
    """The stack's namespaces that ask for the proxy, and those in ``meshedNamespaces``."""
    return Namespaces(_injected(objects).union(settings[MESHED_NAMESPACES.name]))


@once
def _injected(objects: Sequence[KubeObject]) -> frozenset[str | Unknown]:
    """The name of each namespace that asks for the proxy."""
    return frozenset(obj.name for obj in declared_namespaces(objects) if _asks(obj))


@once
def declared_namespaces(objects: Sequence[KubeObject]) -> Sequence[KubeObject]:
    """The Namespaces of a cluster.

    Two providers with different configurations may write into one cluster nevertheless. So a
    namespace that these objects do not declare is as those of other clusters declare it.
    """
    own = of_kinds(objects, linkerd.NAMESPACE)
    declared = {obj.name for obj in own if not obj.patch}
    elsewhere = objects.elsewhere if isinstance(objects, Stack) else ()
    others = of_kinds(elsewhere, linkerd.NAMESPACE)
    return [*own, *(obj for obj in others if obj.name not in declared)]


def _asks(namespace: KubeObject) -> bool:
    inject = peek(namespace.props, "metadata", "annotations", linkerd.INJECT)
    return inject is UNKNOWN or inject in linkerd.INJECTED


def is_meshed(workload: KubeObject, meshed: Namespaces) -> bool:
    """Whether a workload's pods get the proxy: by the pod template, else by the namespace."""
    holder = POD_TEMPLATES[workload.group_kind]
    inject = peek(workload.props, *holder, "metadata", "annotations", linkerd.INJECT)
    if inject is None:
        return meshed.may_include(workload.namespace)
    return inject is UNKNOWN or inject in linkerd.INJECTED


def objects_in(
    namespaces: Namespaces, objects: Sequence[KubeObject], *kinds: tuple[str, str]
) -> Iterator[KubeObject]:
    """The objects of these kinds that are, or may be, in ``namespaces``.

    Those with an unknown namespace are left out: :func:`unknown_namespaces` reports them.
    """
    for obj in of_kinds(objects, *kinds):
        if obj.namespace is not UNKNOWN and namespaces.may_include(obj.namespace):
            yield obj


def unknown_namespaces(
    namespaces: Namespaces, objects: Sequence[KubeObject], kinds: Collection[tuple[str, str]]
) -> Iterator[Finding]:
    """A finding for each object of these kinds whose own namespace is unknown."""
    for obj in of_kinds(objects, *kinds) if namespaces.names else ():
        if obj.namespace is UNKNOWN:
            yield Finding(must_be_plain(obj, "metadata.namespace"), obj.urn)
