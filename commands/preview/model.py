"""A preview as data: the steps that the engine plans, and the summary of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

Operation = Literal["create", "update", "replace", "delete"]
SummaryKind = Literal["preview", "drift"]
Mark = Literal["", "security", "certificate"]

MARKS: tuple[Mark, ...] = ("security", "certificate", "")
"""The most serious first."""

DESTRUCTIVE: tuple[Operation, ...] = ("replace", "delete")
"""Operations that delete something. They come first."""


class Special(Enum):
    """Values that cannot be shown: absent, secret, or known only after the run."""

    ABSENT = "none"
    SECRET = "secret"
    UNKNOWN = "known after the run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One object that the run would change.

    ``old`` and ``new`` are its inputs, empty where there is no such object; every secret in them is
    :attr:`Special.SECRET`. ``paths`` are the engine's paths of what differs. ``retained``: the
    object stays in the cluster when it is deleted from the state.
    """

    op: Operation
    urn: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    paths: Sequence[str] = ()
    retained: bool = False

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
        """The new inputs; the old ones of a deleted object."""
        return self.new or self.old

    @property
    def object(self) -> str:
        """Kind, namespace and name: ``Deployment microservices/user-service``.

        Where the name changes it is the old one: that object is replaced.
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
class Fact:
    """One thing that changes, in words. A ``mark`` asks the reviewer to look closely."""

    text: str
    mark: Mark = ""


def worst_mark(facts: Iterable[Fact]) -> Mark:
    """The most serious mark of the facts; empty without facts."""
    return min((each.mark for each in facts), key=MARKS.index, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is lost in a deletion or replacement. ``is_data``: it cannot be restored."""

    text: str
    is_data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row of the summary. Only deletions and replacements have a ``loss``."""

    op: Operation
    subject: str
    objects: Sequence[str]
    facts: Sequence[Fact]
    loss: Loss | None = None

    @property
    def mark(self) -> Mark:
        """The most serious mark of its facts."""
        return worst_mark(self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A policy's message about one object or the whole stack.

    ``level`` is ``mandatory``, ``advisory``, or ``remediated`` where the rule changed the object.
    """

    rule: str
    level: str
    severity: str
    object: str
    message: str

    @property
    def stops(self) -> bool:
        """Whether it stops a deployment."""
        return self.level == "mandatory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A preview as the engine recorded it.

    ``unchanged`` counts objects; ``rules`` are the names of the rules that analyzed them.
    """

    steps: Sequence[Step]
    unchanged: int
    violations: Sequence[Violation]
    rules: Sequence[str]
    errors: Sequence[str]
    warnings: Sequence[str]


class Result(Enum):
    """How a preview ends; the value is the exit code."""

    NOTHING = 0
    FAILED = 1
    CHANGES = 2
    REFUSED = 3

    @property
    def succeeded(self) -> bool:
        """Whether a deployment could follow."""
        return self in (Result.NOTHING, Result.CHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that a reviewer reads.

    ``changes`` starts with the losses. ``kind``: what a run would do, or how the cluster differs
    from the state.
    """

    stack: str
    counts: Mapping[Operation, int]
    unchanged: int
    changes: Sequence[Change]
    violations: Sequence[Violation]
    rules: int
    errors: Sequence[str]
    warnings: Sequence[str]
    kind: SummaryKind = "preview"

    @property
    def result(self) -> Result:
        """The worst of all: an error, else a mandatory violation, else a change."""
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
        """Changes without a loss."""
        return [change for change in self.changes if not change.loss]
