"""How Linkerd's charts are told: their versions, and which of their values change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.leaves import Leaf
from commands.preview.model import Special, Step, Told
from commands.preview.telling import REST, Field, Heard, Kind, between, listed, literal, matches
from commands.preview.values import plain

_IDENTITY = ("identity", "identityTrustAnchorsPEM")
_GENERATION = "identity.linkerd-platform.dev/"
_INBOUND = "values proxy defaultInboundPolicy"
_NONE = ("", Special.ABSENT, Special.UNKNOWN)


def _version(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
    """The chart's version. The provider leaves it out while some values are not known yet."""
    for leaf in found:
        if leaf.path == ("version",):
            known = [plain(side) for side in (leaf.old, leaf.new) if side not in _NONE]
            is_told = len(known) == 2 or (step.op == "create" and known)
            told = Told(text=f"chart {' → '.join(known)}") if is_told else None
            yield Heard(told=told, covers=[leaf])


def _certificates(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
    """That the chart's certificates change, in one sentence."""
    covers = [leaf for leaf in found if _is_certificate(leaf)]
    if covers and step.op != "create":
        told = Told(text="gets the new certificates, and its pods restart", mark="certificate")
        yield Heard(told=told, covers=covers)


def _is_certificate(leaf: Leaf) -> bool:
    if leaf.path[0] != "values" or len(leaf.path) < 2:
        return False
    is_generation = leaf.path[1] == "podAnnotations" and leaf.path[-1].startswith(_GENERATION)
    return is_generation or leaf.path[1] in _IDENTITY


def _values(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
    """The keys of the values that change; one scalar with its old and new value."""
    covers = [leaf for leaf in found if matches(("values", REST), leaf.path)]
    if not covers or step.op == "create":
        return
    keys = dict.fromkeys(".".join(leaf.path[1:3]) for leaf in covers)
    if len(covers) <= 2:
        for leaf in covers:
            text = between(f"value {literal('.'.join(leaf.path[1:]))}")(leaf)
            yield Heard(told=Told(text=text), covers=[leaf])
    else:
        text = f"values change: {listed(keys, most=12)}"
        yield Heard(told=Told(text=text), covers=covers)


KINDS: Mapping[str, Kind] = {
    "Release": Kind(
        tellers=[
            _version,
            Field(path=_INBOUND, words=between("inbound policy of all pods"), mark="security"),
            _certificates,
            _values,
        ]
    ),
}
