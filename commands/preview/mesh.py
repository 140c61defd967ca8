"""Descriptions of Linkerd's charts: their versions, and which values change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.describing import (
    REST,
    Described,
    Field,
    Kind,
    from_to,
    listed,
    literal,
    matches,
)
from commands.preview.leaves import Leaf
from commands.preview.model import Fact, Special, Step
from commands.preview.values import plain

_IDENTITY = ("identity", "identityTrustAnchorsPEM")
_GENERATION = "identity.linkerd-platform.dev/"
_INBOUND = "values proxy defaultInboundPolicy"
_NONE = ("", Special.ABSENT, Special.UNKNOWN)


def _version(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
    """The chart's version. The provider omits it while some values are unknown."""
    for leaf in found:
        if leaf.path == ("version",):
            known = [plain(side) for side in (leaf.old, leaf.new) if side not in _NONE]
            is_shown = len(known) == 2 or (step.op == "create" and known)
            fact = Fact(text=f"chart {' → '.join(known)}") if is_shown else None
            yield Described(fact=fact, covers=[leaf])


def _certificates(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
    """That the chart's certificates change, in one sentence."""
    covers = [leaf for leaf in found if _is_certificate(leaf)]
    if covers and step.op != "create":
        fact = Fact(text="gets the new certificates, and its pods restart", mark="certificate")
        yield Described(fact=fact, covers=covers)


def _is_certificate(leaf: Leaf) -> bool:
    if leaf.path[0] != "values" or len(leaf.path) < 2:
        return False
    is_generation = leaf.path[1] == "podAnnotations" and leaf.path[-1].startswith(_GENERATION)
    return is_generation or leaf.path[1] in _IDENTITY


def _values(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
    """The keys of the values that change; up to two of them with old and new value."""
    covers = [leaf for leaf in found if matches(("values", REST), leaf.path)]
    if not covers or step.op == "create":
        return
    keys = dict.fromkeys(".".join(leaf.path[1:3]) for leaf in covers)
    if len(covers) <= 2:
        for leaf in covers:
            text = from_to(f"value {literal('.'.join(leaf.path[1:]))}")(leaf)
            yield Described(fact=Fact(text=text), covers=[leaf])
    else:
        text = f"values change: {listed(keys, most=12)}"
        yield Described(fact=Fact(text=text), covers=covers)


KINDS: Mapping[str, Kind] = {
    "Release": Kind(
        describers=[
            _version,
            Field(path=_INBOUND, words=from_to("inbound policy of all pods"), mark="security"),
            _certificates,
            _values,
        ]
    ),
}
