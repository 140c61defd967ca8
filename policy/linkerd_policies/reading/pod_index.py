"""Which pods of a stack a label selector may take, without asking each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, keys, peek
from linkerd_policies.framework.stack import once
from linkerd_policies.reading.relations import Pods, all_pods


@dataclass(frozen=True, slots=True)
class _Index:
    """Where pods are in :func:`all_pods`: by a label, and those that any value may fit.

    The latter are by key where the label is no plain value, and ``hidden`` where the labels as a
    whole are unknown.
    """

    by_label: Mapping[tuple[str, Any], Sequence[int]]
    odd: Mapping[str, Sequence[int]]
    hidden: Sequence[int]

    def may_have(self, key: str, value: Any) -> set[int]:
        """The pods whose label ``key`` is or may be ``value``."""
        return {*self.by_label.get((key, value), ()), *self.odd.get(key, ()), *self.hidden}


def may_take(objects: Sequence[KubeObject], selector: Any) -> Sequence[Pods]:
    """The pods, in the stack's order, without those that ``selector`` certainly does not take.

    Each plain label of the selector leaves some out; without any all pods are left.
    """
    pods, index = all_pods(objects), _index(objects)
    wanted = peek(selector, "matchLabels")
    pairs = [(key, peek(wanted, key)) for key in keys(wanted)]
    found = [index.may_have(key, value) for key, value in pairs if _is_plain(value)]
    if not found:
        return pods
    return [pods[number] for number in sorted(set.intersection(*found))]


@once
def _index(objects: Sequence[KubeObject]) -> _Index:
    by_label: dict[tuple[str, Any], list[int]] = defaultdict(list)
    odd: dict[str, list[int]] = defaultdict(list)
    hidden: list[int] = []
    for number, pod in enumerate(all_pods(objects)):
        if pod.labels is UNKNOWN:
            hidden.append(number)
            continue
        for key, value in pod.labels.items():
            (by_label[key, value] if _is_plain(value) else odd[key]).append(number)
    return _Index(by_label, odd, hidden)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))
