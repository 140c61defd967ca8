"""The objects of one cluster, sorted once for all the rules that look at them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from heapq import merge
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from linkerd_policies.framework.objects import KubeObject

P = ParamSpec("P")
T = TypeVar("T")


class Stack(Sequence[KubeObject]):
    """The objects in the engine's order. Rules take any sequence; with this one they are fast.

    ``elsewhere`` are the program's objects of other clusters, or what may be other ones.
    """

    def __init__(self, objects: Iterable[KubeObject], elsewhere: Sequence[KubeObject] = ()) -> None:
        """Sort ``objects`` by API group and kind."""
        self.elsewhere = elsewhere
        self._objects = tuple(objects)
        self._by_kind: dict[tuple[str, str], list[tuple[int, KubeObject]]] = defaultdict(list)
        for number, obj in enumerate(self._objects):
            self._by_kind[obj.group_kind].append((number, obj))
        self.found: dict[Any, Any] = {}

    @overload
    def __getitem__(self, index: int) -> KubeObject: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[KubeObject]: ...
    def __getitem__(self, index: int | slice) -> KubeObject | Sequence[KubeObject]:
        """The object at ``index``, as of any sequence."""
        return self._objects[index]

    def __len__(self) -> int:
        """The number of objects."""
        return len(self._objects)

    def __iter__(self) -> Iterator[KubeObject]:
        """The objects."""
        return iter(self._objects)

    def of_kinds(self, kinds: Iterable[tuple[str, str]]) -> list[KubeObject]:
        """The objects of these API groups and kinds, in the engine's order."""
        sorted_ones = (self._by_kind.get(kind, ()) for kind in set(kinds))
        return [obj for _, obj in merge(*sorted_ones)]


def of_kinds(objects: Sequence[KubeObject], *kinds: tuple[str, str]) -> list[KubeObject]:
    """The objects of one of these API groups and kinds, in the order of ``objects``."""
    if isinstance(objects, Stack):
        return objects.of_kinds(kinds)
    return [obj for obj in objects if obj.group_kind in kinds]


def once(
    find: Callable[Concatenate[Sequence[KubeObject], P], T],
) -> Callable[Concatenate[Sequence[KubeObject], P], T]:
    """Let all rules share what ``find`` returns for a :class:`Stack`. They must not change it.

    Further arguments must be hashable.
    """

    @wraps(find)
    def shared(objects: Sequence[KubeObject], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not isinstance(objects, Stack):
            return find(objects, *args, **kwargs)
        key = (find, args, *kwargs.items())
        if key not in objects.found:
            objects.found[key] = find(objects, *args, **kwargs)
        found: T = objects.found[key]
        return found

    return shared
