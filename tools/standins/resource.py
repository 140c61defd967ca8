"""The life cycle that all resource types share: check, plan, create, diff, update, refresh."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tools.standins.schema import UNKNOWN, Failure, Properties, Property, failures

RENEWAL = "readyForRenewal"


class Created(NamedTuple):
    """A new resource: its id, and the outputs that only creation could tell."""

    id: str
    outputs: Properties


class Change(NamedTuple):
    """One property that differs: its values (None: absent), and what follows."""

    old: Any
    new: Any
    replaces: bool
    is_input: bool = True


def _nothing_wrong(_inputs: Properties) -> Iterable[Failure]:
    return ()


def _nothing_derived(_planned: Properties) -> Properties:
    return {}


def _never_due(_state: Properties, _now: datetime) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of resource.

    ``outputs`` and ``secret_outputs`` are what ``create`` computes. ``validate`` finds what is
    wrong between inputs that are each right. ``derive`` gives the outputs that follow from the
    planned state without creating anything. ``due`` tells when a state must be replaced for its
    age. ``id_in_state`` and ``schema_version`` are marks that the official plugin keeps in the
    state, so that it can take the state over.
    """

    token: str
    inputs: Mapping[str, Property]
    create: Callable[[Properties], Created]
    outputs: frozenset[str] = frozenset()
    secret_outputs: frozenset[str] = frozenset()
    validate: Callable[[Properties], Iterable[Failure]] = _nothing_wrong
    derive: Callable[[Properties], Properties] = _nothing_derived
    due: Callable[[Properties, datetime], bool] = _never_due
    id_in_state: bool = True
    schema_version: int = 0

    @property
    def secrets(self) -> frozenset[str]:
        """The properties that are secret whatever the program says."""
        return self.secret_outputs | {name for name, rule in self.inputs.items() if rule.secret}

    def check(self, inputs: Properties, hidden: Collection[str] = ()) -> list[Failure]:
        """All that is wrong with the inputs. Relations are judged when each input is right.

        No secret property's value is shown, nor that of one named in ``hidden``.
        """
        hidden = self.secrets.union(hidden)
        return failures(self.inputs, inputs, hidden) or list(self.validate(inputs))

    def preview(self, inputs: Properties) -> Properties:
        """The state as far as it is known before creation."""
        planned = self._planned(inputs)
        unknown = self.outputs | {name for name, rule in self.inputs.items() if rule.computed}
        return {name: UNKNOWN for name in unknown} | planned

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        """Create: the id and the whole state. Raises ``ProviderError``."""
        created = self.create(inputs)
        state = self._planned(inputs) | created.outputs
        if self.id_in_state:
            state["id"] = created.id
        if self.schema_version:
            state["__meta"] = json.dumps(
                {"schema_version": str(self.schema_version)}, separators=(",", ":")
            )
        return created.id, state

    def diff(self, state: Properties, inputs: Properties, now: datetime) -> dict[str, Change]:
        """What differs between a state and the inputs, by name."""
        planned = self._planned(inputs, state)
        changes = {}
        for name, rule in self.inputs.items():
            old, new = state.get(name), planned.get(name)
            if old != new:
                changes[name] = Change(old, new, rule.replaces(old, new))
        if self.due(state | planned, now):
            changes[RENEWAL] = Change(state.get(RENEWAL), UNKNOWN, replaces=True, is_input=False)
        return changes

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """The state after a change in place."""
        kept = {name: value for name, value in state.items() if name not in self.inputs}
        return kept | self._planned(inputs, state)

    def refresh(self, state: Properties, now: datetime) -> Properties:
        """The state as read: nothing but the need of renewal can have changed."""
        return state | ({RENEWAL: True} if self.due(state, now) else {})

    def _planned(self, inputs: Properties, state: Properties | None = None) -> Properties:
        planned: Properties = {}
        for name, rule in self.inputs.items():
            value = inputs.get(name, rule.default)
            if value is None and rule.computed and state is not None:
                value = state.get(name)
            if value is not None and not rule.write_only:
                planned[name] = value
        return planned | self.derive(planned)
