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

from tests.unit.standins.client import Plugin, secret, struct
from tests.unit.standins.sdk import Described, describe, getters
from tests.unit.standins.tls_inputs import CA, P256
from tools.standins import random_package, tls_package

MARKS = {"id", "__meta"}
"""Properties that only the official plugins read."""

PASSWORD = "random:index/randomPassword:RandomPassword"
ARGUMENTS: dict[type[pulumi.CustomResource], dict[str, Any]] = {
    pulumi_random.RandomPassword: {"length": 8},
    pulumi_tls.PrivateKey: {"algorithm": "ECDSA"},
    pulumi_tls.SelfSignedCert: {"allowed_uses": [], "validity_period_hours": 1},
    pulumi_tls.LocallySignedCert: {
        "allowed_uses": [],
        "validity_period_hours": 1,
        "ca_cert_pem": "",
        "cert_request_pem": "",
    },
}
CLASSES: list[type[pulumi.CustomResource]] = [
    pulumi_random.RandomPassword,
    pulumi_tls.PrivateKey,
    pulumi_tls.CertRequest,
    pulumi_tls.SelfSignedCert,
    pulumi_tls.LocallySignedCert,
]
UNSUPPORTED = {
    pulumi_random.RandomPassword: {"overrideSpecial"},
    pulumi_tls.CertRequest: {"dnsNames", "ipAddresses", "uris"},
    pulumi_tls.SelfSignedCert: {"dnsNames", "ipAddresses", "uris"},
}
"""Inputs that appear in the outputs when a program sets them. Here they are refused."""
DEFINED = {one.token: one for one in (*random_package.RESOURCES, *tls_package.RESOURCES)}


def described(cls: type[pulumi.CustomResource]) -> Described:
    return describe(cls, **ARGUMENTS.get(cls, {}))


@pytest.fixture(scope="module")
def full_inputs(tls_plugin: Plugin) -> dict[type[pulumi.CustomResource], dict[str, Any]]:
    """Every supported input of each type."""
    key = tls_plugin.create("tls:index/privateKey:PrivateKey", P256)
    pem = key.values["privateKeyPem"]
    certificate = {
        **CA,
        "validityPeriodHours": 2,
        "earlyRenewalHours": 1,
        "setSubjectKeyId": True,
    }
    own = {"privateKeyPem": secret(pem), "subject": {"commonName": "root"}}
    signed = {**own, **certificate}
    ca = tls_plugin.create("tls:index/selfSignedCert:SelfSignedCert", signed)
    request = tls_plugin.create("tls:index/certRequest:CertRequest", own)
    return {
        pulumi_random.RandomPassword: {"length": 8, "special": False, "keepers": {"a": "b"}},
        pulumi_tls.PrivateKey: P256,
        pulumi_tls.CertRequest: own,
        pulumi_tls.SelfSignedCert: signed,
        pulumi_tls.LocallySignedCert: {
            "caCertPem": ca.values["certPem"],
            "caPrivateKeyPem": secret(pem),
            "certRequestPem": request.values["certRequestPem"],
            **certificate,
        },
    }


@pytest.fixture
def plugins(random_plugin: Plugin, tls_plugin: Plugin) -> dict[str, Plugin]:
    return {"random": random_plugin, "tls": tls_plugin}


def version_of(package: str) -> str:
    """The plugin version that the SDK requests."""
    stated = importlib.resources.files(f"pulumi_{package}") / "pulumi-plugin.json"
    version = json.loads(stated.read_text())["version"]
    assert isinstance(version, str)
    return version


def expected_outputs(cls: type[pulumi.CustomResource]) -> set[str]:
    """All that the SDK reads, without the inputs that are refused."""
    outputs = described(cls).outputs - UNSUPPORTED.get(cls, set())
    return {name for name in outputs if not name.endswith(("PemWo", "PemWoVersion"))}


def test_every_defined_type_is_under_test() -> None:
    assert {described(cls).token for cls in CLASSES} == set(DEFINED)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_input_exists_in_the_sdk_and_every_required_one_is_supported(
    cls: type[pulumi.CustomResource],
) -> None:
    sdk = described(cls)
    defined = DEFINED[sdk.token]
    assert {*defined.inputs, *defined.constants} <= sdk.inputs
    required = {getters(cls)[name] for name in ARGUMENTS.get(cls, {})}
    assert required <= {name for name, rule in defined.inputs.items() if rule.required}


@pytest.mark.parametrize("cls", CLASSES)
def test_outputs_and_secrets_are_the_sdks(
    plugins: dict[str, Plugin],
    cls: type[pulumi.CustomResource],
    full_inputs: dict[type[pulumi.CustomResource], dict[str, Any]],
) -> None:
    sdk = described(cls)
    state = plugins[sdk.token.partition(":")[0]].create(sdk.token, full_inputs[cls])
    # Without a limit in the program, a certificate has no path length.
    assert set(state.values) - MARKS == expected_outputs(cls) - {"maxPathLength"}
    assert state.secrets == sdk.secret_outputs & set(state.values)
    assert state.values["id"] == state.id != ""


@pytest.mark.parametrize("cls", CLASSES)
def test_a_preview_knows_inputs_and_defaults_only(
    plugins: dict[str, Plugin],
    cls: type[pulumi.CustomResource],
    full_inputs: dict[type[pulumi.CustomResource], dict[str, Any]],
) -> None:
    sdk = described(cls)
    inputs, constants = full_inputs[cls], DEFINED[sdk.token].constants
    state = plugins[sdk.token.partition(":")[0]].create(sdk.token, inputs, preview=True)
    assert state.id == ""
    assert set(state.values) == expected_outputs(cls)
    unknown = {name for name, value in state.values.items() if value == rpc.UNKNOWN}
    assert unknown == expected_outputs(cls) - {*inputs, *constants, "readyForRenewal"}
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
    pem = tls_plugin.create("tls:index/privateKey:PrivateKey", P256).values["privateKeyPem"]
    given = {"privateKeyPem": pem, "subject": {"commonName": "a"}}
    inputs, failures = tls_plugin.check("tls:index/certRequest:CertRequest", given)
    assert not failures
    assert inputs.secrets == {"privateKeyPem"}


def test_a_secret_input_is_a_secret_output(random_plugin: Plugin) -> None:
    inputs = {"length": 8, "keepers": {"nested": secret("hidden")}}
    state = random_plugin.create(PASSWORD, inputs)
    secrets = {"keepers", "result", "bcryptHash"}
    assert state.secrets == secrets
    assert random_plugin.update(PASSWORD, state, inputs).secrets == secrets
    refreshed, read_inputs = random_plugin.refresh(PASSWORD, state, inputs)
    assert refreshed.secrets == read_inputs.secrets | secrets == secrets


@pytest.mark.parametrize("package", ["random", "tls"])
def test_versions_and_handshake(package: str, plugins: dict[str, Plugin]) -> None:
    plugin = plugins[package]
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == version_of(package)
    answer = plugin.stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
    assert answer.acceptSecrets
    assert answer.supportsPreview
    assert not answer.acceptOutputs  # values of that form would not be understood


@pytest.mark.parametrize("name", ["randomPet:RandomPet", "randomString:RandomString"])
def test_an_unsupported_type_is_refused_with_what_to_do(random_plugin: Plugin, name: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        random_plugin.check(f"random:index/{name}", {})
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    install = f"pulumi plugin install resource random {version_of('random')}"
    for part in (name, "is not supported here", "supported types: RandomPassword.", install):
        assert part in caught.value.details()


def test_a_defect_is_reported_without_a_stack_trace(random_plugin: Plugin) -> None:
    """Create without Check, which no engine does."""
    urn = Plugin.urn(PASSWORD)
    with pytest.raises(grpc.RpcError) as caught:
        random_plugin.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=struct({})))
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert re.fullmatch(r"a defect in this .*: KeyError at \S+:\d+", caught.value.details())


def test_a_function_is_refused_by_name(tls_plugin: Plugin) -> None:
    request = provider_pb2.InvokeRequest(tok="tls:index/getPublicKey:getPublicKey")
    with pytest.raises(grpc.RpcError, match=r"getPublicKey is not supported here.* install"):
        tls_plugin.stub.Invoke(request)


def test_an_import_is_refused(random_plugin: Plugin) -> None:
    request = provider_pb2.ReadRequest(id="abc", urn=Plugin.urn(PASSWORD))
    with pytest.raises(grpc.RpcError, match="RandomPassword 'abc' cannot be imported"):
        random_plugin.stub.Read(request)


def test_delete_answers(random_plugin: Plugin) -> None:
    request = provider_pb2.DeleteRequest(urn=Plugin.urn(PASSWORD))
    assert random_plugin.stub.Delete(request) == empty_pb2.Empty()
