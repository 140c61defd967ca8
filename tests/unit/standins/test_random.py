"""What the stand-in for ``random`` makes, when it replaces, and what it refuses."""

from __future__ import annotations

import base64
import re
import string
from typing import Any

import bcrypt
import pytest

from tests.unit.standins.client import DIFF, Plugin, secret
from tools.standins.strings import CharacterClass, random_string

PASSWORD = "random:index/randomPassword:RandomPassword"
STRING = "random:index/randomString:RandomString"
ID = "random:index/randomId:RandomId"
BYTES = "random:index/randomBytes:RandomBytes"
UUID = "random:index/randomUuid:RandomUuid"
UUID4 = "random:index/randomUuid4:RandomUuid4"
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
EVERYTHING = set(string.ascii_letters + string.digits + SPECIAL)
KIND = DIFF.DetailedDiffEntry().value.__class__


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
    assert set(result) == EVERYTHING  # 83 characters: one is absent once in 10^9 runs
    assert re.fullmatch(r"\$2a\$10\$[./A-Za-z0-9]{53}", hashed)
    assert bcrypt.checkpw(result[:72].encode(), hashed.encode())


def test_two_passwords_differ(random_plugin: Plugin) -> None:
    inputs = {"length": 24}
    first, second = (random_plugin.create(PASSWORD, inputs) for _ in range(2))
    assert first.values["result"] != second.values["result"]


@pytest.mark.parametrize("token", [PASSWORD, STRING])
def test_minima_and_alphabet(random_plugin: Plugin, token: str) -> None:
    inputs = {
        "length": 12,
        "minUpper": 2,
        "minLower": 3,
        "minNumeric": 4,
        "minSpecial": 3,
        "overrideSpecial": "~^é",
    }
    for _ in range(5):
        result = random_plugin.create(token, inputs).values["result"]
        counted = [
            sum(one in characters for one in result)
            for characters in (
                string.ascii_uppercase,
                string.ascii_lowercase,
                string.digits,
                "~^é",
            )
        ]
        assert counted == [2, 3, 4, 3]


@pytest.mark.parametrize(
    ("off", "absent"),
    [
        ("upper", string.ascii_uppercase),
        ("lower", string.ascii_lowercase),
        ("numeric", string.digits),
        ("number", string.digits),
        ("special", SPECIAL),
    ],
)
def test_a_class_switched_off_is_absent(random_plugin: Plugin, off: str, absent: str) -> None:
    state = random_plugin.create(STRING, {"length": 2000, off: False})
    assert set(state.values["result"]) == EVERYTHING - set(absent)
    assert state.values["number"] is state.values["numeric"] is (absent != string.digits)


def test_the_minima_are_not_bunched_at_the_front() -> None:
    classes = [CharacterClass("a", 5, True), CharacterClass("b", 5, True)]
    drawn = {random_string(10, classes) for _ in range(50)}
    assert all(one.count("a") == one.count("b") == 5 for one in drawn)
    assert len(drawn) > 10  # of 252 orders


def test_an_empty_override_means_the_default(random_plugin: Plugin) -> None:
    only = {"upper": False, "lower": False, "numeric": False, "overrideSpecial": ""}
    result = random_plugin.create(STRING, {"length": 1000, **only}).values["result"]
    assert set(result) == set(SPECIAL)


def test_a_string_is_its_own_id(random_plugin: Plugin) -> None:
    state = random_plugin.create(STRING, {"length": 10})
    assert state.id == state.values["result"]
    assert state.values["__meta"] == '{"schema_version":"2"}'


def test_the_forms_of_an_id(random_plugin: Plugin) -> None:
    state = random_plugin.create(ID, {"byteLength": 7, "prefix": "p-"})
    drawn = base64.urlsafe_b64decode(state.id + "==")
    assert len(drawn) == 7
    assert state.values["b64Url"] == "p-" + state.id
    assert state.values["b64Std"] == "p-" + base64.b64encode(drawn).decode()
    assert state.values["hex"] == "p-" + drawn.hex()
    assert state.values["dec"] == "p-" + str(int(drawn.hex(), 16))


def test_bytes(random_plugin: Plugin) -> None:
    state = random_plugin.create(BYTES, {"length": 20})
    drawn = base64.b64decode(state.values["base64"])
    assert len(drawn) == 20
    assert state.values["hex"] == drawn.hex()
    assert state.id == state.values["base64"]


@pytest.mark.parametrize("token", [UUID, UUID4])
def test_uuids(random_plugin: Plugin, token: str) -> None:
    made = [random_plugin.create(token, {}) for _ in range(20)]
    for state in made:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", state.id)
        assert state.values["result"] == state.id
    versions = {state.id[14] for state in made}
    assert len({state.id for state in made}) == 20
    assert (versions == {"4"}) is (token == UUID4)


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (PASSWORD, {"length": 12, "minUpper": 1, "keepers": {"a": "b"}}),
        (STRING, {"length": 12, "number": False}),
        (ID, {"byteLength": 4}),
        (BYTES, {"length": 4}),
        (UUID, {}),
    ],
)
def test_the_same_inputs_change_nothing(
    random_plugin: Plugin, token: str, inputs: dict[str, Any]
) -> None:
    state = random_plugin.create(token, inputs)
    answer = random_plugin.diff(token, state, inputs)
    assert answer.changes == DIFF.DIFF_NONE
    assert not answer.detailedDiff
    refreshed, read_inputs = random_plugin.refresh(token, state, inputs)
    assert refreshed.values == state.values
    assert refreshed.secrets == state.secrets
    assert read_inputs.values == inputs


@pytest.mark.parametrize(
    ("token", "old", "new", "kinds"),
    [
        (PASSWORD, {"length": 9}, {"length": 10}, {"length": KIND.UPDATE_REPLACE}),
        (PASSWORD, {"length": 9}, {"length": 9, "minUpper": 1}, {"minUpper": KIND.UPDATE_REPLACE}),
        (PASSWORD, {"length": 9}, {"length": 9, "upper": False}, {"upper": KIND.UPDATE_REPLACE}),
        (
            PASSWORD,
            {"length": 9},
            {"length": 9, "numeric": False},
            {"number": KIND.UPDATE_REPLACE, "numeric": KIND.UPDATE_REPLACE},
        ),
        (
            PASSWORD,
            {"length": 9},
            {"length": 9, "overrideSpecial": "!"},
            {"overrideSpecial": KIND.ADD_REPLACE},
        ),
        (
            PASSWORD,
            {"length": 9, "overrideSpecial": ""},
            {"length": 9},
            {"overrideSpecial": KIND.DELETE},
        ),
        (
            STRING,
            {"length": 9, "keepers": {"a": "1"}},
            {"length": 9, "keepers": {"a": "2"}},
            {"keepers": KIND.UPDATE_REPLACE},
        ),
        (
            STRING,
            {"length": 9},
            {"length": 9, "keepers": {"a": "1"}},
            {"keepers": KIND.ADD_REPLACE},
        ),
        (
            STRING,
            {"length": 9, "keepers": {"a": "1"}},
            {"length": 9},
            {"keepers": KIND.DELETE_REPLACE},
        ),
        (STRING, {"length": 9}, {"length": 9, "keepers": {"a": None}}, {"keepers": KIND.ADD}),
        (BYTES, {"length": 9}, {"length": 9, "keepers": {}}, {"keepers": KIND.ADD_REPLACE}),
        (ID, {"byteLength": 9}, {"byteLength": 9, "prefix": "a"}, {"prefix": KIND.ADD_REPLACE}),
    ],
)
def test_what_a_change_does(
    random_plugin: Plugin,
    token: str,
    old: dict[str, Any],
    new: dict[str, Any],
    kinds: dict[str, int],
) -> None:
    answer = random_plugin.diff(token, random_plugin.create(token, old), new)
    assert answer.changes == DIFF.DIFF_SOME
    assert {name: entry.kind for name, entry in answer.detailedDiff.items()} == kinds
    replacing = {KIND.UPDATE_REPLACE, KIND.ADD_REPLACE, KIND.DELETE_REPLACE}
    assert set(answer.replaces) == {name for name, kind in kinds.items() if kind in replacing}
    assert set(answer.diffs) == set(kinds)
    assert not answer.deleteBeforeReplace


def test_an_update_in_place_keeps_the_result(random_plugin: Plugin) -> None:
    old, new = {"length": 9, "overrideSpecial": ""}, {"length": 9}
    state = random_plugin.create(PASSWORD, old)
    updated = random_plugin.update(PASSWORD, state, new)
    assert updated.values["result"] == state.values["result"]
    assert updated.secrets == {"result", "bcryptHash"}
    assert "overrideSpecial" not in updated.values
    assert random_plugin.diff(PASSWORD, updated, new).changes == DIFF.DIFF_NONE


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (PASSWORD, {"length": secret(0)}, {"length": "it must be at least 1"}),
        (PASSWORD, {}, {"length": "is missing; it must be a whole number"}),
        (PASSWORD, {"length": 0}, {"length": "is 0; it must be at least 1"}),
        (PASSWORD, {"length": "16"}, {"length": "is '16'; it must be a whole number"}),
        (PASSWORD, {"length": 1.5}, {"length": "is 1.5; it must be a whole number"}),
        (PASSWORD, {"length": True}, {"length": "is True; it must be a whole number"}),
        (
            PASSWORD,
            {"length": 9, "upper": "yes", "minLower": -1},
            {
                "upper": "is 'yes'; it must be true or false",
                "minLower": "is -1; it must be at least 0",
            },
        ),
        (
            STRING,
            {"length": 3, "minUpper": 2, "minLower": 2},
            {
                "length": "is 3, less than the sum of minUpper, minLower, minNumeric, minSpecial, "
                "4; raise it or lower them"
            },
        ),
        (
            STRING,
            {"length": 3, "number": True, "numeric": False},
            {"number": "differs from numeric; it is deprecated, set numeric only"},
        ),
        (
            STRING,
            {"length": 3, "number": False, "upper": False, "lower": False, "special": False},
            {
                "numeric": "no character is allowed; set one of upper, lower, numeric, special "
                "to true"
            },
        ),
        (ID, {"byteLength": 0}, {"byteLength": "is 0; it must be at least 1"}),
        (
            UUID,
            {"keepers": {"a": 1}, "sed": 1},
            {
                "keepers": "is {'a': 1}; it must be a map of strings",
                "sed": "is not a property; allowed are keepers",
            },
        ),
    ],
)
def test_wrong_inputs_are_named_with_a_reason(
    random_plugin: Plugin, token: str, inputs: dict[str, Any], failures: dict[str, str]
) -> None:
    _, found = random_plugin.check(token, inputs)
    assert found == failures


def test_a_secret_of_the_wrong_type_is_not_shown(random_plugin: Plugin) -> None:
    _, found = random_plugin.check(ID, {"byteLength": 4, "prefix": secret(1234567)})
    assert "1234567" not in found["prefix"]
