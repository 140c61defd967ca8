"""Whatever part of a rule's bad example is unknown, the preview says something about it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE

from linkerd_policies.framework.model import Rule
from linkerd_policies.table import RULES
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack, documents

pytestmark = pytest.mark.slow

Path = tuple[str | int, ...]
_UNKNOWN: dict[type, str] = {dict: UNKNOWN_MAP, list: UNKNOWN_ARRAY_VALUE}

LATER = {
    "linkerd-no-private-keys": ("data", "data.issuer.key"),
    "linkerd-identity-certificates": ("values.identityTrustAnchorsPEM",),
}
"""Values that a first preview cannot know in many sound programs, so it would always be said: a
generated file, a certificate that the same program makes. The rules look at one object, so they
look again in ``up``, with values, before the object is written."""


def _paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every leaf and every subtree; what an object is, the engine always knows."""
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        pairs = [(key, inner) for key, inner in value.items()]
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for step, inner in pairs:
        if (*at, step) not in (("apiVersion",), ("kind",)):
            yield (*at, step)
            yield from _paths(inner, (*at, step))


def _hidden(manifests: list[Manifest], index: int, path: Path) -> list[Manifest]:
    """The manifests with an unknown value at one path of one of them."""
    made = copy.deepcopy(manifests)
    holder: Any = made[index]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = _UNKNOWN.get(type(holder[path[-1]]), UNKNOWN_TEXT)
    return made


def _silent(rule: Rule) -> Iterator[str]:
    """Paths that make the rule's violation go away, without a word from any rule instead."""
    manifests = documents(rule.bad)
    pack = Pack({rule.name: rule.example_settings} if rule.example_settings else None)
    before = {found.message for found in pack.diagnostics(*manifests)}
    for index, manifest in enumerate(manifests):
        for path in _paths(manifest):
            found = pack.diagnostics(*_hidden(manifests, index, path))
            mine = any(one.policyName == rule.name for one in found)
            if not mine and {one.message for one in found} <= before:
                yield ".".join(map(str, path))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_unknown_part_is_accepted_in_silence(rule: Rule) -> None:
    assert tuple(_silent(rule)) == LATER.get(rule.name, ())
