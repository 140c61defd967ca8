"""Differences in words: a table of fields for each kind of object, and paths for the rest.

A describer describes some of the differences and says which. The others are shown by their path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from commands.preview.leaves import Leaf, leaves
from commands.preview.model import Fact, Mark, Special, Step, worst_mark
from commands.preview.values import arrow, plain

MOST_PATHS = 4
ANY, REST = "*", "**"

Words = Callable[[Leaf], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A fact and the differences that it covers; without a fact, they are left out."""

    fact: Fact | None
    covers: Sequence[Leaf]


Describer = Callable[[Step, Sequence[Leaf]], Iterator[Described]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A describer of one value. In ``path``, keys separated by spaces, ``*`` is any key and ``**``
    any rest.

    ``headline`` describes the value in a new object; without it, the value is left out there.
    """

    path: str
    words: Words
    mark: Mark = ""
    headline: Words | None = None

    def __call__(self, step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
        """Describe every difference at the path."""
        pattern = self.path.split(" ")
        words = self.headline if step.op == "create" else self.words
        for leaf in found:
            if words is not None and matches(pattern, leaf.path):
                yield Described(fact=Fact(text=words(leaf), mark=self.mark), covers=[leaf])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of object is described. ``mark`` is for all of its changes.

    ``prefix`` names the part of the object that the facts are about, such as a route.
    """

    describers: Sequence[Describer]
    mark: Mark = ""
    prefix: Callable[[Step], str] = lambda _: ""


def describe(step: Step, kind: Kind) -> list[Fact]:
    """The facts about a step on an object of that kind."""
    if step.op == "delete":
        return [Fact(text="is deleted", mark=kind.mark)]
    facts, rest = _described(step, kind)
    if step.op == "create":
        facts = [_new(facts)]
    else:
        facts += [Fact(text=text) for text in _others(rest)]
        facts = facts or [Fact(text=_unseen(step))]
    start = kind.prefix(step)
    return [
        Fact(text=f"{start}{each.text}", mark=each.mark or kind.mark)
        for each in dict.fromkeys(facts)
    ]


def _described(step: Step, kind: Kind) -> tuple[list[Fact], list[Leaf]]:
    """The facts of the describers in their order, and the differences that none describes."""
    rest = leaves(step)
    facts: list[Fact] = []
    for describer in (*kind.describers, *_COMMON):
        for each in list(describer(step, rest)):
            facts += [each.fact] if each.fact else []
            rest = [leaf for leaf in rest if leaf not in each.covers]
    return facts, rest


def _new(facts: Sequence[Fact]) -> Fact:
    """A new object in one line, with the most serious mark."""
    words = ", ".join(each.text for each in facts)
    return Fact(text=f"new: {words}" if words else "new", mark=worst_mark(facts))


def matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether the path fits the pattern."""
    if pattern and pattern[-1] == REST:
        pattern, path = pattern[:-1], path[: len(pattern) - 1]
    return len(pattern) == len(path) and all(
        want in (ANY, key) for want, key in zip(pattern, path, strict=True)
    )


def from_to(label: str, show: Callable[[object], str] = plain, *, unit: str = "") -> Words:
    """Words for a changed value: ``replicas 2 → 4``."""

    def words(leaf: Leaf) -> str:
        old, new = (_side(value, leaf, show) for value in (leaf.old, leaf.new))
        return f"{label.format(*leaf.path)} {arrow(old, new, unit)}"

    return words


def value(label: str, show: Callable[[object], str] = plain) -> Words:
    """Words for a value of a new object: ``replicas 2``."""
    return lambda leaf: f"{label.format(*leaf.path)} {_side(leaf.new, leaf, show)}"


def _side(value: object, leaf: Leaf, show: Callable[[object], str]) -> str:
    hidden = isinstance(value, Special) or show is plain
    return plain(value, leaf.path) if hidden else show(value)


def entries(path: str, word: str, *, mark: Mark = "") -> Describer:
    """A describer of a list's entries that are added or removed, by their name."""
    pattern = [*path.split(" "), ANY, "name"]

    def describer(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
        for leaf in found if step.op != "create" else ():
            if matches(pattern, leaf.path) and Special.ABSENT in (leaf.old, leaf.new):
                whole = leaf.path[:-1]
                state = "is new" if leaf.old is Special.ABSENT else "is removed"
                fact = Fact(text=f"{word} {whole[-1]} {state}", mark=mark)
                covers = [each for each in found if each.path[: len(whole)] == whole]
                yield Described(fact=fact, covers=covers)

    return describer


def literal(text: str) -> str:
    """A label for :func:`from_to` that is shown as it is, braces included."""
    return text.replace("{", "{{").replace("}", "}}")


def listed(names: Collection[str], most: int = MOST_PATHS) -> str:
    """The first names, and how many more there are."""
    shown = list(names)[:most]
    more = len(names) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def _others(rest: Sequence[Leaf]) -> Iterator[str]:
    for leaf in rest[:MOST_PATHS]:
        yield from_to(literal(".".join(leaf.path)))(leaf)
    if len(rest) > MOST_PATHS:
        yield f"and {len(rest) - MOST_PATHS} more values"


def _unseen(step: Step) -> str:
    return f"changes: {listed(step.paths)}" if step.paths else "see the full diff"


def field(path: str, label: str, *, mark: Mark = "") -> Field:
    """A value that is shown as ``label old → new``, and not in a new object."""
    return Field(path=path, words=from_to(label), mark=mark)


def main_field(path: str, label: str, *, new: str = "", mark: Mark = "") -> Field:
    """A value that is shown in a new object, too: as ``new 2``, or as ``label 2``."""
    return Field(path=path, words=from_to(label), headline=value(new or label), mark=mark)


def fields(words: Mapping[str, Words], *, mark: Mark = "") -> list[Describer]:
    """Fields with one mark, from their paths and words."""
    return [Field(path=path, words=word, mark=mark) for path, word in words.items()]


_COMMON: Sequence[Describer] = [
    field("metadata namespace", "namespace"),
    field("metadata name", "name"),
]
