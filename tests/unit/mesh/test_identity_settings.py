from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from components.config.problems import located, render
from components.config.rules import table
from components.config.rules.context import StackContext
from components.config.stack.identity import IdentitySettings
from components.config.stack.settings import Linkerd, Settings
from components.config.validation import validate
from components.findings import Finding
from tests.unit.mesh.authority import NOW, make
from tests.unit.mesh.identities import ISSUER, ROOT, provided, settings
from tools import paths


def context(identity: IdentitySettings) -> StackContext:
    return StackContext(settings=Settings(linkerd=Linkerd(identity=identity)), now=NOW)


def findings(identity: IdentitySettings) -> list[Finding]:
    return list(table.findings(table.SETTINGS, context(identity)))


def warnings(identity: IdentitySettings) -> list[str]:
    assert findings(identity) == []
    return [each for rule in table.WARNINGS for each in rule(context(identity))]


def found_by_path(identity: IdentitySettings) -> dict[str, str]:
    return {each.path: each.found for each in findings(identity)}


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
    assert found_by_path(found) == {}


@pytest.mark.parametrize("step", ["add", "issue"])
@pytest.mark.parametrize("mode", ["generated", "cert-manager"])
def test_the_first_anchor_has_no_predecessor(mode: str, step: str) -> None:
    found = settings(mode=mode, trustAnchors={"step": step})
    assert found_by_path(found) == {
        "linkerd.identity.trustAnchors": f'the step "{step}" with generation 1'
    }


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "two", 10_000, None])
def test_generations_are_counted_from_one(value: object) -> None:
    raw = {"linkerd": {"identity": {"issuer": {"generation": value}}}}
    found, said = validate(Settings, raw)
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
    (found,) = found_by_path(settings(**keys)).items()
    mode = keys.get("mode", "generated")
    assert found == (
        f"linkerd.identity.{path}",
        f'a key that has no effect with `mode: "{mode}"`',
    )


def test_generations_are_no_keys_of_provided_certificates() -> None:
    found = provided(trustAnchors={"generation": 2})
    assert list(found_by_path(found)) == ["linkerd.identity.trustAnchors"]


def test_good_pems() -> None:
    assert found_by_path(provided()) == {}
    assert found_by_path(provided(anchors=make().pem + ROOT.pem)) == {}
    assert warnings(provided()) == []


def test_every_missing_pem_is_found_with_its_command() -> None:
    found = findings(settings(mode="provided"))
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
    found = findings(provided(anchors=make(ca=False).pem, issuer=stranger, key=ROOT.key_pem()))
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


def test_each_unreadable_pem_is_found() -> None:
    issuer = {"certificatePem": "issuer.crt", "keyPem": "issuer.key"}
    found = settings(mode="provided", trustAnchorsPem="ca.crt", issuer=issuer)
    assert len(found_by_path(found)) == 3


def test_an_intermediate_may_be_rsa_but_not_expired() -> None:
    middle = make("middle", by=ROOT, days=-0.5)
    issuer = make("identity", by=middle)
    pems = {"certificatePem": issuer.pem + middle.pem, "keyPem": issuer.key_pem()}
    found = settings(mode="provided", trustAnchorsPem=ROOT.pem, issuer=pems)
    assert "which ended at" in found_by_path(found)["linkerd.identity.issuer.certificatePem"]


def test_a_certificate_that_ends_soon_is_a_warning() -> None:
    issuer = make("identity", by=ROOT, days=20)
    (said,) = warnings(provided(issuer=issuer))
    assert said.startswith("linkerd.identity.issuer.certificatePem: CN=identity (")
    assert "ends at 2026-06-21T00:00:00Z" in said


def test_a_change_at_once_is_a_warning() -> None:
    assert '"at-once"' in warnings(settings(rotation="at-once"))[0]


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
    found, said = validate(Settings, {"linkerd": {"identity": raw}})
    assert found is None
    text = render(located("Pulumi.dev.yaml", said))
    assert all(MIDDLE[start : start + 8] not in text for start in range(len(MIDDLE) - 8))


def test_a_model_does_not_show_its_key() -> None:
    assert MIDDLE not in repr(provided())
    (finding,) = findings(provided(key=SECRET[:-40]))
    assert MIDDLE not in str(finding)


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
