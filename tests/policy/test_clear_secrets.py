from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.shared.secret_text import (
    holds_secret,
    is_literal,
    is_secret_flag,
    is_secret_name,
)
from tests.policy.meshed import CONTAINER, changed
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, secret, violations

RULE = "linkerd-no-clear-secrets"
HIDDEN = "correct-horse-battery"


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "PGPASSWORD",
        "dbPassword",
        "clientSecret",
        "apiKey",
        "db.password",
        "API_TOKEN",
        "auth-token",
        "STRIPE_API_KEY",
        "apikey",
        "AWS_SECRET_ACCESS_KEY",
        "CLIENT_SECRET",
        "GOOGLE_CREDENTIALS",
        "SMTP_PASS",
        "DB_PWD",
        "SIGNING_KEY",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD_FILE",
        "TOKEN_URL",
        "SECRET_NAME",
        "MAX_TOKENS",
        "PWD",
        "COMPASS",
        "MONKEY",
        "AWS_ACCESS_KEY_ID",
        "CACHE_KEY",
        "PASSWORDLESS",
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (HIDDEN, True),
        ("", False),
        ("  ", False),
        ("true", False),
        ("No", False),
        ("1", False),
        ("$(DB_PASSWORD)", False),
        ("${USER}${HOST}", False),
        ("$(A)x", True),
        ("12345", True),
        (True, False),
    ],
)
def test_literals(value: object, literal: bool) -> None:
    assert is_literal(value) is literal


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (f"postgres://app:{HIDDEN}@db/app", True),
        (f"redis://:{HIDDEN}@redis", True),
        ("postgres://app:$(PASSWORD)@db/app", False),
        ("postgres://app@db/app", False),
        ("http://web:8080/@me", False),
        ("http://web:8080/path?mail=a:b@c", False),
        ("see a:b@c", False),
        ("-----BEGIN PRIVATE KEY-----\nx", True),
        ("-----BEGIN EC PRIVATE KEY-----\nx", True),
        ("-----BEGIN PUBLIC KEY-----\nx", False),
        ("AKIA" + "A1" * 8, True),
        ("AKIA", False),
        ("ghp_" + "a" * 36, True),
        ("sk_live_" + "a1" * 8, True),
        ("sk_test_" + "a1" * 8, False),
    ],
)
def test_forms_of_secrets(text: str, holds: bool) -> None:
    assert holds_secret(text) is holds


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        (f"--password={HIDDEN}", True),
        (f"-api-key={HIDDEN}", True),
        ("--password=$(PASSWORD)", False),
        ("--password", False),
        ("--port=8080", False),
        (f"password={HIDDEN}", False),
        ("--password=two\nlines", True),
    ],
)
def test_flags(argument: str, found: bool) -> None:
    assert is_secret_flag(argument) is found


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("env", [{"name": "API_TOKEN", "value": HIDDEN}], "env[0].value"),
        ("env", [{"name": "API_TOKEN", "value": secret(HIDDEN)}], "env[0].value"),
        ("env", [{"name": "A"}, {"name": "API_TOKEN", "value": UNKNOWN_TEXT}], "env[1].value"),
        ("env", [{"name": "URL", "value": f"amqp://a:{HIDDEN}@queue"}], "env[0].value"),
        ("args", ["serve", f"--token={HIDDEN}"], "args[1]"),
        ("command", ["run", f"amqp://a:{HIDDEN}@queue"], "command[1]"),
    ],
)
def test_secrets_are_found_and_not_printed(path: str, value: Any, where: str) -> None:
    (message,) = violations(RULE, *changed(f"{CONTAINER}.{path}", value))
    assert "Take the secret out of" in message
    assert f"containers[0].{where} of Deployment shop/cart" in message
    assert HIDDEN not in message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (
            "env",
            [{"name": "LEVEL", "value": "debug"}, {"name": "ALLOW_EMPTY_PASSWORD", "value": "yes"}],
        ),
        ("env", [{"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]),
        ("env", [{"name": "API_TOKEN"}]),
        ("env", [{"name": UNKNOWN_TEXT, "value": "true"}]),
        ("env", [{"name": UNKNOWN_TEXT, "valueFrom": {"fieldRef": {"fieldPath": "spec.node"}}}]),
        ("args", ["serve", "--token=$(API_TOKEN)"]),
    ],
)
def test_what_holds_no_secret_is_fine(path: str, value: Any) -> None:
    assert violations(RULE, *changed(f"{CONTAINER}.{path}", value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("env", UNKNOWN_TEXT),
        ("env", [UNKNOWN_MAP]),
        ("env", [{"name": "HOST", "value": UNKNOWN_TEXT}]),
        ("env", [{"name": UNKNOWN_TEXT, "value": UNKNOWN_TEXT}]),
        ("env", [{"name": UNKNOWN_TEXT, "value": HIDDEN}]),
        ("args", UNKNOWN_TEXT),
        ("args", ["a", UNKNOWN_TEXT]),
    ],
)
def test_unknown_values_are_refused_unless_allowed(path: str, value: Any) -> None:
    (message,) = violations(RULE, *changed(f"{CONTAINER}.{path}", value))
    assert "as a plain value" in message
    assert violations(RULE, *changed(f"{CONTAINER}.{path}", value), allowUnknownValues=True) == []


def test_a_secret_of_an_unknown_name_is_found_by_its_form() -> None:
    hidden = [{"name": UNKNOWN_TEXT, "value": f"amqp://a:{HIDDEN}@queue"}]
    (message,) = violations(RULE, *changed(f"{CONTAINER}.env", hidden), allowUnknownValues=True)
    assert "Take the secret out of" in message
