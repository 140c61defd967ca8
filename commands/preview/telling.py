"""How differences become words: a table of fields for each kind of object, and words for the rest.

A teller speaks of some of the differences and says which. What no teller speaks of is told by its
path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from commands.preview.leaves import Leaf, leaves
from commands.preview.model import Mark, Special, Step, Told, gravest
from commands.preview.values import arrow, plain

MOST_PATHS = 4
ANY, REST = "*", "**"

Words = Callable[[Leaf], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a teller says, and the differences that are told by it; none for what says nothing."""

    told: Told | None
    covers: Sequence[Leaf]


Teller = Callable[[Step, Sequence[Leaf]], Iterator[Heard]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A teller for one value: ``path`` in words, where ``*`` is any key and ``**`` any rest.

    ``headline``: the words where the object is new; nothing is said of it without them.
    """

    path: str
    words: Words
    mark: Mark = ""
    headline: Words | None = None

    def __call__(self, step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
        """Speak of every difference at the path."""
        pattern = self.path.split(" ")
        words = self.headline if step.op == "create" else self.words
        for leaf in found:
            if words is not None and matches(pattern, leaf.path):
                yield Heard(told=Told(text=words(leaf), mark=self.mark), covers=[leaf])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of object is told. ``mark`` is for all of its changes.

    ``prefix`` says what of the object the words are about, such as a route.
    """

    tellers: Sequence[Teller]
    mark: Mark = ""
    prefix: Callable[[Step], str] = lambda _: ""


def tell(step: Step, kind: Kind) -> list[Told]:
    """All that is to be said of a step on an object of that kind."""
    if step.op == "delete":
        return [Told(text="is deleted", mark=kind.mark)]
    heard, rest = _heard(step, kind)
    if step.op == "create":
        heard = [_new(heard)]
    else:
        heard += [Told(text=text) for text in _others(rest)]
        heard = heard or [Told(text=_unseen(step))]
    start = kind.prefix(step)
    return [
        Told(text=f"{start}{each.text}", mark=each.mark or kind.mark)
        for each in dict.fromkeys(heard)
    ]


def _heard(step: Step, kind: Kind) -> tuple[list[Told], list[Leaf]]:
    """What the tellers say, one after another, and the differences that none speaks of."""
    rest = leaves(step)
    heard: list[Told] = []
    for teller in (*kind.tellers, *_COMMON):
        for each in list(teller(step, rest)):
            heard += [each.told] if each.told else []
            rest = [leaf for leaf in rest if leaf not in each.covers]
    return heard, rest


def _new(heard: Sequence[Told]) -> Told:
    """A new object in one line, with the gravest of the marks."""
    words = ", ".join(each.text for each in heard)
    return Told(text=f"new: {words}" if words else "new", mark=gravest(heard))


def matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether a path is one of the pattern's."""
    if pattern and pattern[-1] == REST:
        pattern, path = pattern[:-1], path[: len(pattern) - 1]
    return len(pattern) == len(path) and all(
        want in (ANY, key) for want, key in zip(pattern, path, strict=True)
    )


def between(label: str, show: Callable[[object], str] = plain, *, unit: str = "") -> Words:
    """Words for a value that was and will be: ``replicas 2 → 4``."""

    def words(leaf: Leaf) -> str:
        old, new = (_side(value, leaf, show) for value in (leaf.old, leaf.new))
        return f"{label.format(*leaf.path)} {arrow(old, new, unit)}"

    return words


def at(label: str, show: Callable[[object], str] = plain) -> Words:
    """Words for a value of a new object: ``replicas 2``."""
    return lambda leaf: f"{label.format(*leaf.path)} {_side(leaf.new, leaf, show)}"


def _side(value: object, leaf: Leaf, show: Callable[[object], str]) -> str:
    hidden = isinstance(value, Special) or show is plain
    return plain(value, leaf.path) if hidden else show(value)


def entries(path: str, word: str, *, mark: Mark = "") -> Teller:
    """A teller of a list's named entries that come or go: by the name, not by every value."""
    pattern = [*path.split(" "), ANY, "name"]

    def teller(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
        for leaf in found if step.op != "create" else ():
            if matches(pattern, leaf.path) and Special.ABSENT in (leaf.old, leaf.new):
                whole = leaf.path[:-1]
                state = "is new" if leaf.old is Special.ABSENT else "is removed"
                told = Told(text=f"{word} {whole[-1]} {state}", mark=mark)
                covers = [each for each in found if each.path[: len(whole)] == whole]
                yield Heard(told=told, covers=covers)

    return teller


def literal(text: str) -> str:
    """A label that is shown as it is: keys may have braces."""
    return text.replace("{", "{{").replace("}", "}}")


def listed(names: Collection[str], most: int = MOST_PATHS) -> str:
    """Names in a row, and how many more there are."""
    shown = list(names)[:most]
    more = len(names) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def _others(rest: Sequence[Leaf]) -> Iterator[str]:
    for leaf in rest[:MOST_PATHS]:
        yield between(literal(".".join(leaf.path)))(leaf)
    if len(rest) > MOST_PATHS:
        yield f"and {len(rest) - MOST_PATHS} more values"


def _unseen(step: Step) -> str:
    return f"changes: {listed(step.paths)}" if step.paths else "changes as the full diff says"


def tellers(fields: Mapping[str, Words], *, mark: Mark = "") -> list[Teller]:
    """Fields with one mark, from path and words."""
    return [Field(path=path, words=words, mark=mark) for path, words in fields.items()]


_COMMON: Sequence[Teller] = tellers(
    {"metadata namespace": between("namespace"), "metadata name": between("name")}
)
