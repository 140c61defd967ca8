from __future__ import annotations

import base64
from typing import Any

import pytest

from linkerd_policies.framework.secrecy import is_secret, noted, secret_paths
from tests.policy.support import UNKNOWN_TEXT, Manifest, secret, struct, violations

RULE = "linkerd-no-private-keys"
KEY = "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n"


def config_map(**fields: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **fields}


def release(values: Any, version: str = "v3", kind: str = "Release") -> Manifest:
    return {"apiVersion": f"helm.sh/{version}", "kind": kind, "chart": "x", "values": values}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"data": {"a": CERTIFICATE, "b": CERTIFICATE + KEY}}, "data.b"),
        ({"data": {"b": secret(KEY)}}, "data.b"),
        ({"data": {"a": UNKNOWN_TEXT, "b": KEY}}, "data.b"),
        ({"binaryData": {"b": encoded(KEY)}}, "binaryData.b"),
    ],
)
def test_a_config_map_holds_no_key(fields: dict[str, Any], where: str) -> None:
    (message,) = violations(RULE, config_map(**fields))
    assert f"from {where} of ConfigMap default/a" in message
    assert "c2VjcmV0" not in message


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"data": {"a": CERTIFICATE}},
        {"data": {"a": UNKNOWN_TEXT}},
        {"data": {"a": encoded(KEY)}},
        {"binaryData": {"a": "no base64!"}},
        {"binaryData": {"a": "short"}},
        {"binaryData": {"a": encoded(CERTIFICATE)}},
    ],
)
def test_a_config_map_without_a_key_passes(fields: dict[str, Any]) -> None:
    assert violations(RULE, config_map(**fields)) == []


def test_a_bundle_holds_no_key() -> None:
    bundle = {
        "apiVersion": "trust.cert-manager.io/v1alpha1",
        "kind": "Bundle",
        "metadata": {"name": "roots"},
        "spec": {"sources": [{"inLine": CERTIFICATE}, {"inLine": KEY}]},
    }
    (message,) = violations(RULE, bundle)
    assert "spec.sources.1.inLine" in message


def test_a_secret_holds_keys() -> None:
    holder = {"apiVersion": "v1", "kind": "Secret", "stringData": {"tls.key": KEY}}
    assert violations(RULE, holder) == []


@pytest.mark.parametrize(("version", "kind"), [("v3", "Release"), ("v4", "Chart")])
def test_a_chart_s_key_is_a_secret_output(version: str, kind: str) -> None:
    def found(key: Any) -> list[str]:
        return violations(RULE, release({"tls": [{"key": key}]}, version, kind))

    (message,) = found(KEY)
    assert message.startswith("Make values.tls.0.key of")
    assert "secret Output" in message
    assert found(secret(KEY)) == []
    assert found(UNKNOWN_TEXT) == []
    assert found(CERTIFICATE) == []
    assert violations(RULE, release(secret({"tls": {"key": KEY}}), version, kind)) == []
    assert violations(RULE, release({"tls": secret({"key": KEY})}, version, kind)) == []


def test_where_secrets_are() -> None:
    value = {"a": [1, secret("x")], "b": secret({"c": "y"}), "d": {"e": "z"}}
    assert set(secret_paths(value)) == {("a", 1), ("b",)}
    assert not is_secret(("b",))
    with noted(struct(value)):
        assert is_secret(("a", 1))
        assert is_secret(("b", "c"))
        assert not is_secret(("a",))
        assert not is_secret(("d", "e"))
    assert not is_secret(("b",))
