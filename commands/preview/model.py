"""What a preview says, as data: the steps that the engine plans, and the words about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

Op = Literal["create", "update", "replace", "delete"]
Of = Literal["preview", "drift"]
Mark = Literal["", "security", "certificate"]

MARKS: tuple[Mark, ...] = ("security", "certificate", "")
"""The gravest first."""

LOUD: tuple[Op, ...] = ("replace", "delete")
"""What takes something away, and is told first."""


class Special(Enum):
    """Values that cannot be shown: there is none, it is secret, or known after the run only."""

    ABSENT = "none"
    SECRET = "secret"
    UNKNOWN = "known after the run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One object that the run would change.

    ``old`` and ``new`` are its inputs, empty where there is none; every secret in them is
    :attr:`Special.SECRET`. ``paths`` are the engine's own paths of what differs. ``keeps``: the
    object stays in the cluster when it leaves the state.
    """

    op: Op
    urn: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    paths: Sequence[str] = ()
    keeps: bool = False

    @property
    def type(self) -> str:
        """The Pulumi type, such as ``kubernetes:apps/v1:Deployment``."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def kind(self) -> str:
        """The type's last word, such as ``Deployment``."""
        return self.type.rpartition(":")[2]

    @property
    def resource(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The wanted inputs; those of old where the object goes."""
        return self.new or self.old

    @property
    def object(self) -> str:
        """How people name the object: ``Deployment microservices/user-service``.

        The name of old where it changes, for it is the old object that is replaced.
        """
        inputs = self.old or self.new
        metadata = inputs.get("metadata")
        named = metadata if isinstance(metadata, Mapping) else inputs
        name, namespace = named.get("name"), named.get("namespace")
        if not self.type.startswith("kubernetes:") or not isinstance(name, str):
            return f"{self.kind} {self.resource}"
        where = f"{namespace}/{name}" if isinstance(namespace, str) else name
        return f"{self.kind} {where}"

    @property
    def subject(self) -> str:
        """The service or store that the object belongs to; the object's own name without one."""
        metadata = self.inputs.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
        owner = labels.get("app.kubernetes.io/name") if isinstance(labels, Mapping) else None
        return owner if isinstance(owner, str) else self.object.partition(" ")[2].split("/")[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that changes, in words. ``mark`` is what a reviewer has to look at twice."""

    text: str
    mark: Mark = ""


def gravest(told: Iterable[Told]) -> Mark:
    """The gravest mark of what is told; none of nothing."""
    return min((each.mark for each in told), key=MARKS.index, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a deletion or replacement takes away. ``is_data``: it cannot be had back."""

    text: str
    is_data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row of the summary. ``loss`` is there for what is deleted or replaced, and only there."""

    op: Op
    subject: str
    objects: Sequence[str]
    told: Sequence[Told]
    loss: Loss | None = None

    @property
    def mark(self) -> Mark:
        """The gravest mark of what is told."""
        marks = {each.mark for each in self.told}
        return (
            "security" if "security" in marks else "certificate" if "certificate" in marks else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a policy says about one object, or about the stack as a whole.

    ``level`` is ``mandatory``, ``advisory``, or ``remediated`` for what a rule changed by itself.
    """

    rule: str
    level: str
    severity: str
    object: str
    message: str

    @property
    def stops(self) -> bool:
        """Whether a run is refused because of it."""
        return self.level == "mandatory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A preview as the engine recorded it.

    ``unchanged`` counts objects; ``rules`` are the names of the rules that looked at them.
    """

    steps: Sequence[Step]
    unchanged: int
    violations: Sequence[Violation]
    rules: Sequence[str]
    errors: Sequence[str]
    warnings: Sequence[str]


class Result(Enum):
    """How a preview ends, with the exit code that tells it."""

    NOTHING = 0
    FAILED = 1
    CHANGES = 2
    REFUSED = 3

    @property
    def succeeded(self) -> bool:
        """Whether the run could follow."""
        return self in (Result.NOTHING, Result.CHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All that a reviewer is told, the most important first.

    ``changes`` has the losses first. ``of``: what a run would do, or what the cluster has other
    than the state.
    """

    stack: str
    counts: Mapping[Op, int]
    unchanged: int
    changes: Sequence[Change]
    violations: Sequence[Violation]
    rules: int
    errors: Sequence[str]
    warnings: Sequence[str]
    of: Of = "preview"

    @property
    def result(self) -> Result:
        """What the exit code is made of; an error outweighs a violation, that a change."""
        if self.errors:
            return Result.FAILED
        if any(each.stops for each in self.violations):
            return Result.REFUSED
        return Result.CHANGES if self.changes else Result.NOTHING

    @property
    def losses(self) -> Sequence[Change]:
        """Replacements and deletions."""
        return [change for change in self.changes if change.loss]

    @property
    def others(self) -> Sequence[Change]:
        """Everything that takes nothing away."""
        return [change for change in self.changes if not change.loss]
