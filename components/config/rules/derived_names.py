"""Rules about the names that the program derives: each is free, and short enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from components.config import derived, overrides
from components.config.derived import Derived
from components.config.rules.context import CatalogueContext, OverridesContext
from components.findings import Finding
from components.names import is_dns_label


def catalogue_names_are_free_and_fit(catalogue: CatalogueContext) -> Iterator[Finding]:
    """No two entries of the catalogue come to one name, and no name is too long."""
    every = list(derived.of_catalogue(catalogue.entries))
    yield from _taken([], every)
    yield from _overlong(every)


def stack_names_are_free_and_fit(stack: OverridesContext) -> Iterator[Finding]:
    """Nor do the stack's Secrets, operators and automated canaries."""
    running = overrides.apply(stack.catalogue, stack.settings)
    own = list(derived.of_stack(running, stack.settings))
    yield from _taken(derived.of_catalogue(derived.entries_of(running)), own)
    yield from _overlong(own)


def _taken(before: Iterable[Derived], own: Iterable[Derived]) -> Iterator[Finding]:
    """The names of ``own`` that others have. A plain name is never in the way of a derived one."""
    first = {(each.kind, each.name): each for each in before}
    told: set[tuple[str, str]] = set()
    for each in sorted(own, key=lambda one: one.name != one.entry and one.path != ""):
        other = first.setdefault((each.kind, each.name), each)
        here, there = (other, each) if not each.path else (each, other)
        pair = (here.path, there.path)
        if other is each or not here.path or _is_told_elsewhere(each, other) or pair in told:
            continue
        told.add(pair)
        yield Finding(
            path=here.path,
            found=f'the {_words(here)} "{here.name}", which {_owner(there)} has too',
            allowed="names of which each is derived once",
            fix="Rename one of them: both would be the same object in the cluster.",
        )


def _is_told_elsewhere(one: Derived, other: Derived) -> bool:
    """Entries with the same name have a rule of their own, and so has the load generator."""
    return one.entry == other.entry and one.path.split(".")[0] != other.path.split(".")[0]


def _overlong(every: Iterable[Derived]) -> Iterator[Finding]:
    """The names that are too long, and of each key the worst one."""
    worst: dict[str, Derived] = {}
    for each in every:
        known = worst.get(each.path)
        if len(each.name) > each.limit and each.path and is_dns_label(each.entry):
            worst[each.path] = min((each, known or each), key=_longest)
    for path, each in worst.items():
        yield Finding(
            path=path,
            found=f"{len(each.entry)} characters, and with them the {_words(each)} "
            f'"{each.name}" of {len(each.name)}',
            allowed=f"at most {max(_longest(each), 1)} characters, so that the {_words(each)} has "
            f"{each.limit} at most",
            fix="Shorten the name.",
        )


def _longest(name: Derived) -> int:
    """How long the entry's name may be."""
    return name.limit - (len(name.name) - len(name.entry))


def _words(name: Derived) -> str:
    """What has the name."""
    return {
        "Server": "Server or authorization",
        "workload": "workload",
        "container": "container",
        "Entrance": "Ingress or Gateway",
    }.get(name.kind, name.kind)


def _owner(name: Derived) -> str:
    return f"`{name.path}`" if name.path else "the platform"
