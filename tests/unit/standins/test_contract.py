"""The stand-ins have the shape that the SDKs of the official packages expect."""

from __future__ import annotations

import importlib.resources
import json
import re
from typing import Any

import grpc
import pulumi
import pulumi_random
import pulumi_tls
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from tests.unit.standins.client import DIFF, OUTPUT, Plugin, secret, struct
from tests.unit.standins.sdk import Described, describe, getters
from tools.standins import certificates, random_package, tls_package

MARKS = {"id", "__meta"}
"""What the official plugins keep in a state for themselves."""

RANDOM: list[tuple[type[pulumi.CustomResource], dict[str, Any]]] = [
    (pulumi_random.RandomPassword, {"length": 8, "overrideSpecial": "!", "keepers": {"a": "b"}}),
    (pulumi_random.RandomString, {"length": 8, "overrideSpecial": "!", "keepers": {"a": "b"}}),
    (pulumi_random.RandomId, {"byteLength": 4, "prefix": "p-", "keepers": {"a": "b"}}),
    (pulumi_random.RandomBytes, {"length": 4, "keepers": {"a": "b"}}),
    (pulumi_random.RandomUuid, {"keepers": {"a": "b"}}),
    (pulumi_random.RandomUuid4, {"keepers": {"a": "b"}}),
]
ARGUMENTS: dict[type[pulumi.CustomResource], dict[str, Any]] = {
    pulumi_random.RandomPassword: {"length": 8},
    pulumi_random.RandomString: {"length": 8},
    pulumi_random.RandomId: {"byte_length": 4},
    pulumi_random.RandomBytes: {"length": 4},
    pulumi_tls.PrivateKey: {"algorithm": "ECDSA"},
    pulumi_tls.SelfSignedCert: {"allowed_uses": [], "validity_period_hours": 1},
    pulumi_tls.LocallySignedCert: {
        "allowed_uses": [],
        "validity_period_hours": 1,
        "ca_cert_pem": "",
        "cert_request_pem": "",
    },
}
TLS = [
    pulumi_tls.PrivateKey,
    pulumi_tls.CertRequest,
    pulumi_tls.SelfSignedCert,
    pulumi_tls.LocallySignedCert,
]
DEFINED = {one.token: one for one in (*random_package.RESOURCES, *tls_package.RESOURCES)}


def described(cls: type[pulumi.CustomResource]) -> Described:
    return describe(cls, **ARGUMENTS.get(cls, {}))


@pytest.fixture(scope="module")
def full_inputs(tls_plugin: Plugin) -> dict[type[pulumi.CustomResource], dict[str, Any]]:
    """Every input of each ``tls`` type, but for the write-only ones, which exclude others."""
    key = tls_plugin.create("tls:index/privateKey:PrivateKey", {"algorithm": "ECDSA"})
    pem = key.values["privateKeyPem"]
    who = {
        "subject": {"commonName": "root"},
        "dnsNames": ["root.example"],
        "ipAddresses": ["127.0.0.1"],
        "uris": ["spiffe://root"],
    }
    certificate = {
        "allowedUses": ["cert_signing"],
        "validityPeriodHours": 2,
        "earlyRenewalHours": 1,
        "isCaCertificate": True,
        "maxPathLength": 1,
        "setSubjectKeyId": True,
    }
    own = {"privateKeyPem": secret(pem), **who}
    signed = {**own, **certificate, "setAuthorityKeyId": True}
    ca = tls_plugin.create("tls:index/selfSignedCert:SelfSignedCert", signed)
    request = tls_plugin.create("tls:index/certRequest:CertRequest", own)
    return {
        pulumi_tls.PrivateKey: {"algorithm": "ECDSA", "ecdsaCurve": "P256", "rsaBits": 2048},
        pulumi_tls.CertRequest: own,
        pulumi_tls.SelfSignedCert: signed,
        pulumi_tls.LocallySignedCert: {
            "caCertPem": ca.values["certPem"],
            "caPrivateKeyPem": secret(pem),
            "certRequestPem": request.values["certRequestPem"],
            **certificate,
        },
    }


def version_of(package: str) -> str:
    """The version of the plugin that the SDK asks the engine for."""
    stated = importlib.resources.files(f"pulumi_{package}") / "pulumi-plugin.json"
    version = json.loads(stated.read_text())["version"]
    assert isinstance(version, str)
    return version


def expected_outputs(cls: type[pulumi.CustomResource]) -> set[str]:
    """All that the SDK reads, but for the write-only key, which excludes the other form of it."""
    return {name for name in described(cls).outputs if not name.endswith(("PemWo", "PemWoVersion"))}


def test_every_defined_type_is_under_test() -> None:
    classes = [cls for cls, _ in RANDOM] + TLS
    assert {described(cls).token for cls in classes} == set(DEFINED)


@pytest.mark.parametrize("cls", [cls for cls, _ in RANDOM] + TLS)
def test_inputs_and_secret_outputs_are_the_sdks(cls: type[pulumi.CustomResource]) -> None:
    sdk = described(cls)
    defined = DEFINED[sdk.token]
    assert set(defined.inputs) == sdk.inputs
    assert set(defined.inputs) | defined.outputs | {"readyForRenewal"} >= sdk.outputs
    assert defined.secrets == sdk.secret_outputs


@pytest.mark.parametrize(
    "cls", [pulumi_tls.outputs.SelfSignedCertSubject, pulumi_tls.outputs.CertRequestSubject]
)
def test_the_fields_of_a_subject_are_the_sdks(cls: type) -> None:
    assert set(certificates.SUBJECT_FIELDS) == set(getters(cls).values())


def test_the_allowed_uses_are_those_of_the_sdks_documentation() -> None:
    text = pulumi_tls.SelfSignedCertArgs.allowed_uses.__doc__ or ""
    listed = re.findall(r"`(\w+)`", text.partition("Accepted values:")[2])
    assert tuple(listed) == certificates.USES


@pytest.mark.parametrize(("cls", "inputs"), RANDOM)
def test_random_outputs_and_secrets_are_the_sdks(
    random_plugin: Plugin, cls: type[pulumi.CustomResource], inputs: dict[str, Any]
) -> None:
    sdk = described(cls)
    state = random_plugin.create(sdk.token, inputs)
    assert set(state.values) - MARKS == expected_outputs(cls)
    assert state.secrets == sdk.secret_outputs
    assert state.id


@pytest.mark.parametrize("cls", TLS)
def test_tls_outputs_and_secrets_are_the_sdks(
    tls_plugin: Plugin,
    cls: type[pulumi.CustomResource],
    full_inputs: dict[type[pulumi.CustomResource], dict[str, Any]],
) -> None:
    sdk = described(cls)
    state = tls_plugin.create(sdk.token, full_inputs[cls])
    assert set(state.values) - MARKS == expected_outputs(cls)
    assert state.secrets == sdk.secret_outputs & set(state.values)
    assert state.values["id"] == state.id


@pytest.mark.parametrize("cls", TLS)
def test_a_preview_knows_inputs_and_defaults_only(
    tls_plugin: Plugin,
    cls: type[pulumi.CustomResource],
    full_inputs: dict[type[pulumi.CustomResource], dict[str, Any]],
) -> None:
    sdk = described(cls)
    inputs = full_inputs[cls]
    state = tls_plugin.create(sdk.token, inputs, preview=True)
    assert state.id == ""
    assert set(state.values) == expected_outputs(cls)
    unknown = {name for name, value in state.values.items() if value == rpc.UNKNOWN}
    assert unknown == expected_outputs(cls) - set(inputs) - {"readyForRenewal"}
    assert state.secrets == sdk.secret_outputs & set(state.values)


def test_a_preview_with_unknown_inputs_passes_them_on(tls_plugin: Plugin) -> None:
    token = "tls:index/selfSignedCert:SelfSignedCert"
    inputs = {
        "privateKeyPem": secret(rpc.UNKNOWN),
        "allowedUses": ["cert_signing"],
        "validityPeriodHours": rpc.UNKNOWN,
        "isCaCertificate": True,
        "subject": rpc.UNKNOWN,
    }
    state = tls_plugin.create(token, inputs, preview=True)
    assert state.values["privateKeyPem"] == rpc.UNKNOWN
    assert state.values["validityPeriodHours"] == rpc.UNKNOWN
    assert state.values["certPem"] == rpc.UNKNOWN
    assert state.values["isCaCertificate"] is True
    assert state.secrets == {"privateKeyPem"}


def test_check_marks_the_secret_inputs(tls_plugin: Plugin) -> None:
    pem = tls_plugin.create("tls:index/privateKey:PrivateKey", {"algorithm": "ED25519"}).values[
        "privateKeyPem"
    ]
    inputs, failures = tls_plugin.check("tls:index/certRequest:CertRequest", {"privateKeyPem": pem})
    assert not failures
    assert inputs.secrets == {"privateKeyPem"}


def test_the_secret_of_an_input_stays_one_in_the_output(random_plugin: Plugin) -> None:
    token = "random:index/randomUuid:RandomUuid"
    keepers = {"keepers": {"nested": secret("hidden")}}
    state = random_plugin.create(token, keepers)
    assert state.secrets == {"keepers"}
    assert random_plugin.update(token, state, keepers).secrets == {"keepers"}
    refreshed, inputs = random_plugin.refresh(token, state, keepers)
    assert refreshed.secrets == inputs.secrets == {"keepers"}


@pytest.mark.parametrize(
    ("value", "shown", "secrets"),
    [
        ({**OUTPUT, "value": "p-"}, "p-", set()),
        ({**OUTPUT, "value": "p-", "secret": True}, "p-", {"prefix"}),
        ({**OUTPUT}, rpc.UNKNOWN, set()),
        ({**OUTPUT, "secret": True}, rpc.UNKNOWN, {"prefix"}),
    ],
)
def test_output_values_are_read(
    random_plugin: Plugin, value: dict[str, Any], shown: str, secrets: set[str]
) -> None:
    inputs = {"byteLength": 4, "prefix": value}
    state = random_plugin.create("random:index/randomId:RandomId", inputs, preview=True)
    assert state.values["prefix"] == shown
    assert state.secrets == secrets


@pytest.mark.parametrize("package", ["random", "tls"])
def test_versions_and_handshake(package: str, random_plugin: Plugin, tls_plugin: Plugin) -> None:
    plugin = {"random": random_plugin, "tls": tls_plugin}[package]
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == version_of(package)
    answer = plugin.stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
    assert answer.acceptSecrets
    assert answer.acceptOutputs
    assert answer.acceptResources
    assert answer.supportsPreview


def test_the_configuration_is_passed_through(tls_plugin: Plugin) -> None:
    news = struct({"version": "5.6.2"})
    answer = tls_plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=news))
    assert answer.inputs == news
    same = tls_plugin.stub.DiffConfig(
        provider_pb2.DiffRequest(olds=struct({}), old_inputs=news, news=news)
    )
    other = tls_plugin.stub.DiffConfig(provider_pb2.DiffRequest(olds=struct({}), news=news))
    assert (same.changes, other.changes) == (DIFF.DIFF_NONE, DIFF.DIFF_SOME)


def test_a_type_that_is_not_served_is_named_with_what_to_install(random_plugin: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        random_plugin.check("random:index/randomPet:RandomPet", {})
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    install = f"pulumi plugin install resource random {version_of('random')}"
    for part in ("randomPet:RandomPet", install):
        assert part in caught.value.details()


def test_a_defect_is_told_without_a_stack_trace(random_plugin: Plugin) -> None:
    """Create without Check, as no engine does it."""
    urn = Plugin.urn("random:index/randomId:RandomId")
    with pytest.raises(grpc.RpcError) as caught:
        random_plugin.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=struct({})))
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert re.fullmatch(r"a defect of this .*: KeyError at \S+:\d+", caught.value.details())


def test_a_function_is_refused_by_name(tls_plugin: Plugin) -> None:
    request = provider_pb2.InvokeRequest(tok="tls:index/getPublicKey:getPublicKey")
    with pytest.raises(grpc.RpcError, match="getPublicKey is a function; none is served"):
        tls_plugin.stub.Invoke(request)


def test_an_import_is_refused(random_plugin: Plugin) -> None:
    token = "random:index/randomUuid:RandomUuid"
    request = provider_pb2.ReadRequest(id="abc", urn=Plugin.urn(token))
    with pytest.raises(grpc.RpcError, match="RandomUuid 'abc' cannot be imported"):
        random_plugin.stub.Read(request)


def test_delete_answers(random_plugin: Plugin) -> None:
    request = provider_pb2.DeleteRequest(urn=Plugin.urn("random:index/randomUuid:RandomUuid"))
    assert random_plugin.stub.Delete(request) == empty_pb2.Empty()
