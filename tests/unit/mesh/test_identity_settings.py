from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from components.config.rules import identity as identity_rules
from components.config.stack.identity import IdentitySettings
from components.config.stack.settings import Settings
from components.config.validation import validate
from tests.unit.mesh.authority import NOW, make
from tests.unit.mesh.identities import FILE, ISSUER, ROOT, provided, settings
from tools import paths


def problems(identity: IdentitySettings) -> dict[str, str]:
    return {p.path: p.found for p in identity_rules.check(FILE, identity, NOW).problems}


@pytest.mark.parametrize(
    ("anchors", "bundle", "issuing"),
    [
        ({}, (1,), 1),
        ({"generation": 2, "step": "add"}, (1, 2), 1),
        ({"generation": 2, "step": "issue"}, (1, 2), 2),
        ({"generation": 2, "step": "remove"}, (2,), 2),
    ],
)
def test_the_steps(anchors: dict[str, Any], bundle: tuple[int, ...], issuing: int) -> None:
    found = settings(trustAnchors=anchors)
    assert found.trust_anchors.bundle == bundle
    assert found.trust_anchors.issuing == issuing
    assert problems(found) == {}


@pytest.mark.parametrize("step", ["add", "issue"])
@pytest.mark.parametrize("mode", ["generated", "cert-manager"])
def test_the_first_anchor_has_no_predecessor(mode: str, step: str) -> None:
    found = settings(mode=mode, trustAnchors={"step": step})
    assert problems(found) == {
        "linkerd.identity.trustAnchors": f'the step "{step}" with generation 1'
    }


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "two", 10_000, None])
def test_generations_are_counted_from_one(value: object) -> None:
    raw = {"linkerd": {"identity": {"issuer": {"generation": value}}}}
    found, said = validate(Settings, raw, file=FILE)
    assert found is None
    assert [problem.path for problem in said] == ["linkerd.identity.issuer.generation"]


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"trustAnchorsPem": ROOT.pem}, "trustAnchorsPem"),
        ({"issuer": {"certificatePem": ISSUER.pem}}, "issuer.certificatePem"),
        ({"issuer": {"keyPem": ISSUER.key_pem()}}, "issuer.keyPem"),
        ({"certManager": {"namespace": "cert-manager"}}, "certManager"),
        ({"mode": "cert-manager", "issuer": {"generation": 2}}, "issuer.generation"),
    ],
)
def test_a_key_of_another_mode_is_a_mistake(keys: dict[str, Any], path: str) -> None:
    (found,) = problems(settings(**keys)).items()
    mode = keys.get("mode", "generated")
    assert found == (
        f"linkerd.identity.{path}",
        f'a key that has no effect with `mode: "{mode}"`',
    )


def test_generations_are_no_keys_of_provided_certificates() -> None:
    found = provided(trustAnchors={"generation": 2})
    assert list(problems(found)) == ["linkerd.identity.trustAnchors"]


def test_good_pems() -> None:
    assert problems(provided()) == {}
    assert problems(provided(anchors=make().pem + ROOT.pem)) == {}
    assert identity_rules.check(FILE, provided(), NOW).warnings == ()


def test_every_missing_pem_is_told_with_its_command() -> None:
    found = identity_rules.check(FILE, settings(mode="provided"), NOW).problems
    assert {problem.path.removeprefix("linkerd.identity."): problem.fix for problem in found} == {
        key: f"Set it: `pulumi config set{secret} --path linkerd.identity.{key} < file.pem`."
        for key, secret in {
            "trustAnchorsPem": "",
            "issuer.certificatePem": "",
            "issuer.keyPem": " --secret",
        }.items()
    }


def test_every_mistake_in_pems_is_found_at_once() -> None:
    stranger = make("identity", days=-0.5)
    found = identity_rules.check(
        FILE, provided(anchors=make(ca=False).pem, issuer=stranger, key=ROOT.key_pem()), NOW
    ).problems
    paths = [problem.path.removeprefix("linkerd.identity.") for problem in found]
    assert paths == [
        "trustAnchorsPem",
        "issuer.certificatePem",
        "issuer.certificatePem",
        "issuer.keyPem",
    ]
    assert "which may not sign" in found[0].found
    assert "which ended at" in found[1].found
    assert "which no trust anchor has signed" in found[2].found
    assert found[3].found == "the key of another certificate"


def test_unreadable_pems_are_each_told() -> None:
    issuer = {"certificatePem": "issuer.crt", "keyPem": "issuer.key"}
    found = settings(mode="provided", trustAnchorsPem="ca.crt", issuer=issuer)
    assert len(problems(found)) == 3


def test_an_intermediate_may_be_rsa_but_not_expired() -> None:
    middle = make("middle", by=ROOT, days=-0.5)
    issuer = make("identity", by=middle)
    pems = {"certificatePem": issuer.pem + middle.pem, "keyPem": issuer.key_pem()}
    found = settings(mode="provided", trustAnchorsPem=ROOT.pem, issuer=pems)
    assert "which ended at" in problems(found)["linkerd.identity.issuer.certificatePem"]


def test_a_certificate_that_ends_soon_is_a_warning() -> None:
    issuer = make("identity", by=ROOT, days=20)
    (said,) = identity_rules.check(FILE, provided(issuer=issuer), NOW).warnings
    assert said.startswith("linkerd.identity.issuer.certificatePem: CN=identity (")
    assert "ends at 2026-06-21T00:00:00Z" in said


def test_a_change_at_once_is_warned_of() -> None:
    found = identity_rules.check(FILE, settings(rotation="at-once"), NOW)
    assert found.problems == ()
    assert '"at-once"' in found.warnings[0]


SECRET = ISSUER.key_pem()
MIDDLE = SECRET.splitlines()[1]


@pytest.mark.parametrize(
    "raw",
    [
        {"issuer": {"keyPem": [SECRET]}},
        {"issuer": {"keyPem": {"value": SECRET}}},
        {"issuer": [SECRET]},
        {"issuer": MIDDLE},
        {"mode": "provided", "issuer": {"keyPem": SECRET, "certificatePem": 3}},
        {"issuer": {"key": SECRET}},
        {"mode": SECRET},
        {"trustAnchors": SECRET},
        [MIDDLE],
        MIDDLE,
    ],
    ids=lambda raw: type(raw).__name__,
)
def test_no_message_holds_a_key(raw: object) -> None:
    found, said = validate(Settings, {"linkerd": {"identity": raw}}, file=FILE)
    assert found is None
    text = "\n".join(problem.render() for problem in said)
    assert all(MIDDLE[start : start + 8] not in text for start in range(len(MIDDLE) - 8))


def test_a_model_does_not_show_its_key() -> None:
    assert MIDDLE not in repr(provided())
    (problem,) = identity_rules.check(FILE, provided(key=SECRET[:-40]), NOW).problems
    assert MIDDLE not in problem.render()


def test_the_runbook_sets_keys_that_exist() -> None:
    text = (paths.ROOT / "docs" / "runbooks" / "certificates.md").read_text(encoding="utf-8")
    commands = re.findall(r"config set (?:--secret )?--path linkerd\.identity\.(\S+)", text)
    assert len(commands) > 10
    for command in commands:
        model: type[BaseModel] = IdentitySettings
        *models, key = command.strip("`").split(".")
        for name in models:
            field = next(f for f in model.model_fields.values() if f.alias == name)
            assert isinstance(field.annotation, type)
            model = field.annotation
        assert key in {field.alias for field in model.model_fields.values()}, command
