"""What the stand-in for ``random`` makes, when it replaces, and what it refuses."""

from __future__ import annotations

import re
import string
from typing import Any

import bcrypt
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from tests.unit.standins.client import DIFF, Plugin, secret

PASSWORD = "random:index/randomPassword:RandomPassword"
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
KIND = provider_pb2.PropertyDiff.Kind
INSTALL = "install the official one with `pulumi plugin install resource random "


def test_a_password_has_the_defaults_of_the_official_plugin(random_plugin: Plugin) -> None:
    state = random_plugin.create(PASSWORD, {"length": 2000})
    result = state.values.pop("result")
    hashed = state.values.pop("bcryptHash")
    assert state.id == "none"
    assert state.values == {
        "id": "none",
        "__meta": '{"schema_version":"3"}',
        "length": 2000,
        **dict.fromkeys(("upper", "lower", "number", "numeric", "special"), True),
        **dict.fromkeys(("minUpper", "minLower", "minNumeric", "minSpecial"), 0),
    }
    assert len(result) == 2000
    # 83 characters: one is absent once in 10^9 runs
    assert set(result) == set(string.ascii_letters + string.digits + SPECIAL)
    assert re.fullmatch(r"\$2a\$10\$[./A-Za-z0-9]{53}", hashed)
    assert bcrypt.checkpw(result[:72].encode(), hashed.encode())


def test_a_password_without_special_characters(random_plugin: Plugin) -> None:
    state = random_plugin.create(PASSWORD, {"length": 2000, "special": False})
    assert set(state.values["result"]) == set(string.ascii_letters + string.digits)
    assert state.values["special"] is False


def test_two_passwords_differ(random_plugin: Plugin) -> None:
    inputs = {"length": 24}
    first, second = (random_plugin.create(PASSWORD, inputs) for _ in range(2))
    assert first.values["result"] != second.values["result"]


def test_the_same_inputs_change_nothing(random_plugin: Plugin) -> None:
    inputs = {"length": 12, "special": False, "keepers": {"a": "b"}}
    state = random_plugin.create(PASSWORD, inputs)
    answer = random_plugin.diff(PASSWORD, state, inputs)
    assert answer.changes == DIFF.DIFF_NONE
    assert not answer.detailedDiff
    refreshed, read_inputs = random_plugin.refresh(PASSWORD, state, inputs)
    assert refreshed.values == state.values
    assert refreshed.secrets == state.secrets
    assert read_inputs.values == inputs


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        ("length", 9, 10, "UPDATE_REPLACE"),
        ("special", None, False, "UPDATE_REPLACE"),
        ("keepers", {"a": "1"}, {"a": "2"}, "UPDATE_REPLACE"),
        ("keepers", {"a": "1"}, {"a": rpc.UNKNOWN}, "UPDATE_REPLACE"),
        ("keepers", None, {"a": "1"}, "ADD_REPLACE"),
        ("keepers", {"a": "1"}, None, "DELETE_REPLACE"),
        ("keepers", None, {}, "ADD"),
    ],
)
def test_what_a_change_does(
    random_plugin: Plugin, name: str, old: Any, new: Any, kind: str
) -> None:
    state = random_plugin.create(PASSWORD, {"length": 9, name: old})
    answer = random_plugin.diff(PASSWORD, state, {"length": 9, name: new})
    assert answer.changes == DIFF.DIFF_SOME
    assert {one: entry.kind for one, entry in answer.detailedDiff.items()} == {
        name: KIND.Value(kind)
    }
    assert list(answer.replaces) == ([name] if kind.endswith("_REPLACE") else [])
    assert list(answer.diffs) == [name]
    assert not answer.deleteBeforeReplace


def test_an_update_in_place_keeps_the_result(random_plugin: Plugin) -> None:
    state = random_plugin.create(PASSWORD, {"length": 9})
    new = {"length": 9, "keepers": {}}
    updated = random_plugin.update(PASSWORD, state, new)
    assert updated.values == {**state.values, "keepers": {}}
    assert updated.secrets == {"result", "bcryptHash"}
    assert random_plugin.diff(PASSWORD, updated, new).changes == DIFF.DIFF_NONE


@pytest.mark.parametrize(
    ("name", "value", "failure"),
    [
        ("length", secret(0), "it must be at least 1"),
        ("length", None, "is missing; it must be a whole number"),
        ("length", 0, "is 0; it must be at least 1"),
        ("length", "16", "is '16'; it must be a whole number"),
        ("length", 1.5, "is 1.5; it must be a whole number"),
        ("length", True, "is True; it must be a whole number"),
        ("length", secret("hunter2"), "it must be a whole number"),
        ("special", "yes", "is 'yes'; it must be true or false"),
        ("keepers", {"a": 1}, "is {'a': 1}; it must be a map of strings"),
    ],
)
def test_wrong_inputs_are_named_with_a_reason(
    random_plugin: Plugin, name: str, value: Any, failure: str
) -> None:
    assert random_plugin.check(PASSWORD, {"length": 9, name: value})[1] == {name: failure}


def test_all_wrong_inputs_are_named(random_plugin: Plugin) -> None:
    _, found = random_plugin.check(PASSWORD, {"length": 0, "special": "no", "sed": 1})
    assert found.keys() == {"length", "special", "sed"}


@pytest.mark.parametrize("name", ["upper", "minLower", "overrideSpecial", "sed"])
def test_an_unsupported_input_is_refused_with_what_to_do(random_plugin: Plugin, name: str) -> None:
    _, found = random_plugin.check(PASSWORD, {"length": 9, name: "x"})
    assert found.keys() == {name}
    assert "is not supported here; supported inputs: keepers, length, special" in found[name]
    assert INSTALL in found[name]
