"""A summary shows nothing secret, whether the engine masked it or not."""

from __future__ import annotations

from typing import Any

import pytest

from commands.preview.summary import summarise
from commands.preview.values import HIDDEN, plain
from tests.unit.preview.recordings import event, forms, recorded

OLD, NEW = "sk_live_old_4242", "sk_live_new_4343"
MASK = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "[secret]",
}


def container(**extra: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", **extra}]}}}}


def value(*path: str) -> Any:
    """An object with only the value at the path, by the value."""

    def build(value: Any) -> Any:
        for key in reversed(path):
            value = {key: value}
        return value

    return build


PLACES: dict[str, tuple[str, Any]] = {
    "data of a secret": ("core/v1:Secret", value("data", "key")),
    "string data of a secret": ("core/v1:Secret", value("stringData", "key")),
    "config map": ("core/v1:ConfigMap", value("data", "settings.ini")),
    "password of a chart": ("helm.sh/v3:Release", value("values", "grafana", "adminPassword")),
    "token of a chart": ("helm.sh/v3:Release", value("values", "token")),
    "key of the issuer": (
        "helm.sh/v3:Release",
        value("values", "identity", "issuer", "tls", "keyPEM"),
    ),
    "variable": (
        "apps/v1:Deployment",
        lambda value: container(env=[{"name": "API_KEY", "value": value}]),
    ),
    "url with a password": (
        "apps/v1:Deployment",
        lambda value: container(env=[{"name": "URL", "value": f"redis://:{value}@db:6379"}]),
    ),
    "pem": (
        "example.com/v1:Thing",
        lambda value: {"spec": {"text": f"-----BEGIN PRIVATE KEY-----\n{value}\n"}},
    ),
    "another kind": ("example.com/v1:Thing", value("spec", "client", "clientSecret")),
    "list": (
        "example.com/v1:Thing",
        lambda value: {"spec": {"users": [{"name": "a", "password": value}]}},
    ),
    "random password": ("random:index/randomPassword:RandomPassword", value("result")),
}


@pytest.mark.parametrize("op", ["create", "update", "replace", "delete"])
@pytest.mark.parametrize("place", PLACES)
def test_a_secret_that_nobody_masked_is_not_shown(place: str, op: str) -> None:
    kind, build = PLACES[place]
    old = build(OLD) if op != "create" else None
    new = build(NEW) if op != "delete" else None
    found = summarise("dev", recorded([event(op, kind, old, new)]))
    assert len(found.changes) == 1
    for text in forms(found).values():
        assert OLD not in text
        assert NEW not in text


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_value_whose_other_side_is_masked_is_not_shown(side: str) -> None:
    values = {"old": MASK, "new": MASK, side: {"key": NEW}}
    old, new = {"data": values["old"]}, {"data": values["new"]}
    for kind in ("core/v1:Secret", "example.com/v1:Thing"):
        found = summarise("dev", recorded([event("update", kind, old, new)]))
        for text in forms(found).values():
            assert NEW not in text
            assert "ciphertext" not in text


def test_a_masked_value_is_shown_as_changed() -> None:
    masked = {"spec": {"url": MASK}}
    found = summarise(
        "dev", recorded([event("update", "example.com/v1:Thing", masked, masked, "spec.url")])
    )
    assert [fact.text for fact in found.changes[0].facts] == ["spec.url (not shown) → (not shown)"]


def test_a_number_may_be_a_password_but_a_boolean_is_not() -> None:
    assert plain(4242, ("spec", "password")) == HIDDEN
    assert plain(["a"], ("spec", "token")) == HIDDEN
    assert plain(True, ("spec", "automountServiceAccountToken")) == "true"
    assert plain(5, ("spec", "tokenExpirationSeconds")) == "5"


def test_what_is_not_secret_is_shown() -> None:
    """Otherwise the tests above would pass for a summary that shows nothing at all."""
    old, new = ({"spec": {"url": f"http://{word}"}} for word in ("old", "new"))
    found = summarise("dev", recorded([event("update", "example.com/v1:Thing", old, new)]))
    for text in forms(found).values():
        assert "http://new" in text
