"""The life cycle that all resource types share: check, preview, create, diff, update, refresh."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tools.standins.schema import UNKNOWN, Failure, Properties, Property, failures

RENEWAL = "readyForRenewal"


class Created(NamedTuple):
    """A new resource: its id and its outputs."""

    id: str
    outputs: Properties


class Change(NamedTuple):
    """One property that differs: its values (None: absent), and what follows."""

    old: Any
    new: Any
    replaces: bool
    is_input: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of resource.

    ``constants`` are the defaults of the official plugin for inputs that are not supported here;
    they are part of the state. ``outputs`` and ``secret_outputs`` are what ``create`` computes.
    ``validate`` compares inputs that are each right. ``derive`` gives the outputs that follow from
    the planned state without creating anything. ``due`` says whether a state must be replaced
    because of its age. ``schema_version`` is a mark that the official plugin keeps in the state.
    """

    token: str
    inputs: Mapping[str, Property]
    create: Callable[[Properties], Created]
    constants: Properties = field(default_factory=dict)
    outputs: frozenset[str] = frozenset()
    secret_outputs: frozenset[str] = frozenset()
    validate: Callable[[Properties], Iterable[Failure]] = lambda _inputs: ()
    derive: Callable[[Properties], Properties] = lambda _planned: {}
    due: Callable[[Properties, datetime], bool] = lambda _state, _now: False
    schema_version: int = 0

    @property
    def secrets(self) -> frozenset[str]:
        """The properties that are always secret."""
        return self.secret_outputs | {name for name, rule in self.inputs.items() if rule.secret}

    def check(self, inputs: Properties, hidden: Collection[str] = ()) -> list[Failure]:
        """All that is wrong with the inputs. They are compared once each of them is right.

        Values of secret properties, and of those named in ``hidden``, are not shown.
        """
        hidden = self.secrets.union(hidden)
        return failures(self.inputs, inputs, hidden) or list(self.validate(inputs))

    def preview(self, inputs: Properties) -> Properties:
        """The state as far as it is known before creation."""
        return {name: UNKNOWN for name in self.outputs} | self._planned(inputs)

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        """Create: the id and the whole state. Raises ``ProviderError``."""
        created = self.create(inputs)
        state = self._planned(inputs) | created.outputs | {"id": created.id}
        if self.schema_version:
            version = {"schema_version": str(self.schema_version)}
            state["__meta"] = json.dumps(version, separators=(",", ":"))
        return created.id, state

    def diff(self, state: Properties, inputs: Properties, now: datetime) -> dict[str, Change]:
        """What differs between a state and the inputs, by name."""
        planned = self._planned(inputs)
        changes = {}
        for name in (*self.inputs, *self.constants):
            old, new = state.get(name), planned.get(name)
            if old != new:
                rule = self.inputs.get(name)
                changes[name] = Change(old, new, rule.replaces(old, new) if rule else True)
        if self.due(state | planned, now):
            changes[RENEWAL] = Change(state.get(RENEWAL), UNKNOWN, replaces=True, is_input=False)
        return changes

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """The state after a change in place."""
        kept = {name: value for name, value in state.items() if name not in self.inputs}
        return kept | self._planned(inputs)

    def refresh(self, state: Properties, now: datetime) -> Properties:
        """The state as read. Only ``readyForRenewal`` can have changed."""
        return state | ({RENEWAL: True} if self.due(state, now) else {})

    def _planned(self, inputs: Properties) -> Properties:
        planned = {name: inputs.get(name, rule.default) for name, rule in self.inputs.items()}
        given = {name: value for name, value in planned.items() if value is not None}
        return self.constants | given | self.derive(given)
