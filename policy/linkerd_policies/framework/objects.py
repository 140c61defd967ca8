"""Kubernetes objects as a policy sees them: what a resource is, and safe ways to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError


class Unknown(Enum):
    """The type of a value that the preview cannot know yet."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

_TOKEN_PREFIX = "kubernetes:"
_PATCH_SUFFIX = "Patch"
_LIST_SUFFIX = "List"


@dataclass(frozen=True)
class KubeObject:
    """One Kubernetes object (or Helm release) among a program's resources.

    ``props`` are a resource's inputs or outputs as the policy SDK hands them out: reading a value
    that the preview cannot know raises, so go through :func:`read` and :func:`peek`.

    ``patch`` is true for a ``*Patch`` resource, which sets a part of an object that is there:
    what it leaves out may well be set. ``protected`` is Pulumi's option ``protect``;
    ``provider`` stands for the cluster: objects with the same text are in the same one.

    What many rules ask for is read once: nothing changes while a request is judged.
    """

    api_version: str
    kind: str
    props: Mapping[str, Any]
    urn: str
    resource_name: str
    patch: bool = False
    protected: bool = False
    provider: str = ""

    @cached_property
    def group(self) -> str:
        """The API group, ``""`` for the core group."""
        return self.api_version.rpartition("/")[0]

    @cached_property
    def group_kind(self) -> tuple[str, str]:
        """API group and kind: what rules match on, so that a new API version stays covered."""
        return self.group, self.kind

    @cached_property
    def name(self) -> str | Unknown:
        """``metadata.name``, or the Pulumi resource's name where the object has none."""
        return _text(peek(self.props, "metadata", "name"), self.resource_name)

    @cached_property
    def namespace(self) -> str | Unknown:
        """``metadata.namespace``, or ``default``."""
        return _text(peek(self.props, "metadata", "namespace"), "default")

    @cached_property
    def key(self) -> str | Unknown:
        """``namespace/name``; unknown when either is."""
        name, namespace = self.name, self.namespace
        if name is UNKNOWN or namespace is UNKNOWN:
            return UNKNOWN
        return f"{namespace}/{name}"

    def __str__(self) -> str:
        """How messages name the object; falls back to the Pulumi resource's name."""
        if self.group_kind == ("", "Namespace") and self.name is not UNKNOWN:
            return f"Namespace {self.name}"
        key = self.key
        return f"{self.kind} {self.resource_name if key is UNKNOWN else key}"


def as_name(value: object) -> str | Unknown | None:
    """What a reference names, as it is in :attr:`KubeObject.name`; ``None`` for any other value."""
    return value if isinstance(value, (str, Unknown)) else None


def _text(value: object, default: str) -> str | Unknown:
    if value is UNKNOWN:
        return UNKNOWN
    return value if isinstance(value, str) and value else default


def read(value: Any, *path: str | int) -> Any:
    """The value at ``path``; ``None`` when it is absent, ``UNKNOWN`` when it is itself unknown.

    Raises UnknownValueError when something *above* the value is unknown. The SDK turns that into
    an advisory note, and the rule runs again in ``up``, with values, before the object is written.
    """
    holder = demand(value, *path[:-1])
    try:
        return _step(holder, path[-1])
    except UnknownValueError:
        return UNKNOWN


def demand(value: Any, *path: str | int) -> Any:
    """As :func:`read`, but raises as well when the value at ``path`` is itself unknown."""
    for step in path:
        value = _step(value, step)
    return value


def peek(value: Any, *path: str | int) -> Any:
    """As :func:`read`, but never raises: ``UNKNOWN`` when any step of ``path`` is unknown."""
    try:
        return read(value, *path)
    except UnknownValueError:
        return UNKNOWN


def _step(value: Any, step: str | int) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(step, int):
        return value[step] if is_list(value) and step < len(value) else None
    return value[step] if isinstance(value, Mapping) and step in value else None


def is_list(value: Any) -> bool:
    """Whether ``value`` is a list, the SDK's list proxy included."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def filled(value: Any) -> bool:
    """Whether ``value`` is a list with elements."""
    return is_list(value) and len(value) > 0


def elements(value: Any) -> Iterator[Any]:
    """The elements of a list, each ``UNKNOWN`` where it is unknown; none for anything else."""
    if is_list(value):
        for index in range(len(value)):
            yield read(value, index)


def keys(value: Any) -> list[str]:
    """The keys of a mapping, none for anything else. Unknown values do not matter."""
    return [str(key) for key in value] if isinstance(value, Mapping) else []


def objects_of(
    resource_type: str,
    props: Mapping[str, Any],
    urn: str,
    resource_name: str,
    *,
    protected: bool = False,
    provider: str = "",
) -> Iterator[KubeObject]:
    """The Kubernetes objects that a resource holds: one, the items of a list, or none.

    Typed resources, ``CustomResource``, ``*Patch`` resources and the children of YAML and Helm
    components all carry ``apiVersion`` and ``kind``; where they do not, the type token
    (``kubernetes:apps/v1:Deployment``) says it. A list is of kind ``List``, or of a kind's own,
    such as ``DeploymentList``, whose items need not name theirs.
    """
    if not resource_type.startswith(_TOKEN_PREFIX):
        return
    api_version, kind = _declared(props, _from_token(resource_type))
    patch = _is_patch(resource_type, kind)

    def made(declared: tuple[str, str], own: Mapping[str, Any]) -> KubeObject:
        return KubeObject(
            *declared,
            own,
            urn,
            resource_name,
            patch=patch,
            protected=protected,
            provider=provider,
        )

    if kind.endswith(_LIST_SUFFIX) and "items" in props:
        otherwise = (api_version, kind.removesuffix(_LIST_SUFFIX))
        for item in elements(peek(props, "items")):
            if isinstance(item, Mapping):
                yield made(_declared(item, otherwise), item)
        return
    yield made((api_version, kind), props)


def demand_items(resource_type: str, props: Mapping[str, Any]) -> None:
    """Raise UnknownValueError for a list with an item that the preview does not know."""
    if resource_type.startswith(_TOKEN_PREFIX):
        _, kind = _declared(props, _from_token(resource_type))
        items = demand(props, "items") if kind.endswith(_LIST_SUFFIX) else ()
        if is_list(items):
            for index in range(len(items)):
                demand(items, index)


def _declared(props: Mapping[str, Any], otherwise: tuple[str, str]) -> tuple[str, str]:
    api_version, kind = peek(props, "apiVersion"), peek(props, "kind")
    if isinstance(api_version, str) and isinstance(kind, str):
        return api_version, kind
    return otherwise


def _from_token(resource_type: str) -> tuple[str, str]:
    api_version, _, kind = resource_type.removeprefix(_TOKEN_PREFIX).rpartition(":")
    return api_version.removeprefix("core/"), kind.removesuffix(_PATCH_SUFFIX)


def _is_patch(resource_type: str, kind: str) -> bool:
    return resource_type.rpartition(":")[2] == kind + _PATCH_SUFFIX
