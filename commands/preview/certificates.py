"""Rotations of certificates: many ``tls`` resources in one row for the reviewer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commands.preview.model import Change, Fact, Loss, Operation, Step

_PACKAGE = "tls:"
# The names in components/mesh/identity_generated.py: the role, and its generations.
_NAME = re.compile(
    r"(?P<mesh>.+)-(?P<role>issuer|trust-anchor)-(?P<generation>\d+(?:-\d+)?)(-key|-request)?"
)
_WORDS: Mapping[str, str] = {"issuer": "issuer", "trust-anchor": "trust anchor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    """The steps of all generations of one certificate."""

    name: str
    steps: Sequence[Step]

    def generations(self, *ops: Operation) -> list[str]:
        """The generations with such a step of their certificate or key."""
        return list(
            dict.fromkeys(_matched(step)["generation"] for step in self.steps if step.op in ops)
        )


def split(steps: Iterable[Step]) -> tuple[list[Change], list[Step]]:
    """The rotations in the steps, as changes, and all other steps."""
    rest: list[Step] = []
    roles: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        match = _NAME.fullmatch(step.resource)
        if step.type.startswith(_PACKAGE) and match:
            roles.setdefault((match["mesh"], match["role"]), []).append(step)
        else:
            rest.append(step)
    found = [
        _change(_Role(name=_WORDS[role], steps=each)) for (_, role), each in sorted(roles.items())
    ]
    return found, rest


def _matched(step: Step) -> Mapping[str, str]:
    match = _NAME.fullmatch(step.resource)
    assert match is not None
    return match.groupdict()


def _change(role: _Role) -> Change:
    new, old = role.generations("create"), role.generations("delete")
    op, text = _words(role, new, old)
    lost = _loss(role, old) if op in ("replace", "delete") else None
    return Change(
        op=op,
        subject="certificates",
        objects=[step.object for step in role.steps],
        facts=[Fact(text=text, mark="certificate")],
        loss=lost,
    )


def _words(role: _Role, new: Sequence[str], old: Sequence[str]) -> tuple[Operation, str]:
    """What happens to a certificate: rotated, added, removed, or renewed."""
    name = role.name
    if new and old:
        return "replace", f"certificate rotates: {name} {_all(old)} → {_all(new)}, with a new key"
    if new:
        return "create", f"certificate is new: {name} {_all(new)}"
    if old:
        return "delete", f"certificate is removed: {name} {_all(old)}"
    same = role.generations("update", "replace")
    has_key = any(step.kind == "PrivateKey" for step in role.steps)
    tail = "with a new key" if has_key else "its key stays"
    return "replace", f"certificate is renewed: {name} {_all(same)}, {tail}"


def _all(generations: Sequence[str]) -> str:
    return ", ".join(generations)


def _loss(role: _Role, old: Sequence[str]) -> Loss:
    if role.name == "trust anchor" and old:
        return Loss(text="trust in certificates that the old anchor signed")
    if old:
        return Loss(text="the old key; certificates that it signed are trusted until they expire")
    return Loss(text="the old certificate; certificates that its key signed stay trusted")
