"""The component under Pulumi's mocks: what it registers, and what it hands to the chart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from commands.render.program import Previewed
from components.config.stack.identity import IdentitySettings
from components.linkerd import certificates
from components.mesh.identity import Identity, IdentityArgs
from tests.unit.mesh.identities import ISSUER, ROOT, provided, settings


class Recorder(Previewed):
    """Answers as the provider would; ``seen`` is every registration in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Any]]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.seen.append((args.typ, args.name, args.inputs))
        made = {
            "privateKeyPem": f"<{args.name}>",
            "certPem": f"\n<{args.name}>\n",
            "certRequestPem": f"<{args.name}>",
            "validityEndTime": f"end of {args.name}",
        }
        return f"{args.name}-id", {**args.inputs, **made}


@dataclass
class Built:
    seen: list[tuple[str, str, dict[str, Any]]]
    values: dict[str, Any] = field(default_factory=dict)
    secret: bool = False
    expiry: dict[str, Any] = field(default_factory=dict)

    def inputs(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: inputs for token, name, inputs in self.seen if token.endswith(f":{kind}")}


def build(identity: IdentitySettings) -> Built:
    recorder = Recorder()
    mocks.set_mocks(recorder, project="linkerd-platform", stack="dev", preview=False)
    built = Built(recorder.seen)

    async def keep(component: Identity) -> None:
        everything = pulumi.Output.from_input([component.values, component.expiry])
        built.values, built.expiry = await everything.future() or []
        built.secret = await everything.is_secret()

    def program() -> pulumi.Output[None]:
        component = Identity("identity", IdentityArgs(settings=identity, namespace="linkerd"))
        return pulumi.Output.from_input(keep(component))

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call] # the SDK's own lacks types
    return built


def tls(built: Built) -> dict[str, str]:
    found: dict[str, str] = built.values["identity"]["issuer"]["tls"]
    return found


def test_generated_certificates_are_what_linkerd_asks_for() -> None:
    built = build(settings())
    keys = built.inputs("PrivateKey")
    assert set(keys) == {"identity-trust-anchor-1-key", "identity-issuer-1-1-key"}
    assert all(key == {"algorithm": "ECDSA", "ecdsaCurve": "P256"} for key in keys.values())
    (anchor,) = built.inputs("SelfSignedCert").values()
    assert anchor["validityPeriodHours"] == 10 * 365 * 24
    assert anchor["subject"] == {"commonName": "root.linkerd.cluster.local"}
    (issuer,) = built.inputs("LocallySignedCert").values()
    assert issuer["validityPeriodHours"] == 365 * 24
    for certificate in (anchor, issuer):
        assert certificate["isCaCertificate"] is True
        assert certificate["allowedUses"] == ["cert_signing", "crl_signing"]
        assert certificate["earlyRenewalHours"] == 30 * 24
    (request,) = built.inputs("CertRequest").values()
    assert request["subject"] == {"commonName": "identity.linkerd.cluster.local"}
    assert len(built.seen) == 1 + 2 + 1 + 1 + 1


def test_the_chart_gets_the_generated_certificates_and_their_marks() -> None:
    built = build(settings(webhookGeneration=3))
    assert built.values == {
        "identityTrustAnchorsPEM": "<identity-trust-anchor-1>",
        "identity": {
            "issuer": {
                "tls": {
                    "crtPEM": "\n<identity-issuer-1-1>\n",
                    "keyPEM": "<identity-issuer-1-1-key>",
                }
            }
        },
        "podAnnotations": {
            "identity.linkerd-platform.dev/trust-anchors": "generated-1",
            "identity.linkerd-platform.dev/issuing-anchor": "generated-1",
            "identity.linkerd-platform.dev/issuer": "generated-1-1",
            "identity.linkerd-platform.dev/webhook-generation": "3",
        },
    }
    assert built.secret
    assert built.expiry == {
        "trustAnchors": {"1": "end of identity-trust-anchor-1"},
        "issuer": "end of identity-issuer-1-1",
    }


@pytest.mark.parametrize(
    ("step", "bundle", "signer"), [("add", [1, 2], 1), ("issue", [1, 2], 2), ("remove", [2], 2)]
)
def test_each_step_bundles_and_signs_as_it_says(step: str, bundle: list[int], signer: int) -> None:
    built = build(settings(trustAnchors={"generation": 2, "step": step}))
    assert built.values["identityTrustAnchorsPEM"] == "\n".join(
        f"<identity-trust-anchor-{n}>" for n in bundle
    )
    (issuer,) = built.inputs("LocallySignedCert").values()
    # A mapping, because the SDK marks it as a secret on its way to the engine.
    assert issuer["caPrivateKeyPem"]["value"] == f"<identity-trust-anchor-{signer}-key>"
    assert issuer["caCertPem"] == f"\n<identity-trust-anchor-{signer}>\n"
    assert list(built.inputs("LocallySignedCert")) == [f"identity-issuer-{signer}-1"]


def test_provided_certificates_make_no_resource() -> None:
    built = build(provided())
    assert [kind for kind, _, _ in built.seen] == ["platform:mesh:Identity"]
    assert tls(built) == {"crtPEM": ISSUER.pem, "keyPEM": ISSUER.key_pem()}
    assert built.secret
    assert built.values["identityTrustAnchorsPEM"] == ROOT.pem.strip()
    name = certificates.fingerprint(ROOT.certificate)
    assert built.expiry == {
        "trustAnchors": {name: "2027-06-01T00:00:00Z"},
        "issuer": "2027-06-01T00:00:00Z",
    }


def test_cert_manager_makes_what_linkerds_documentation_asks_for() -> None:
    built = build(settings(mode="cert-manager"))
    objects = {
        (inputs["kind"], inputs["metadata"].get("namespace"), inputs["metadata"]["name"]): inputs
        for kind, _, inputs in built.seen
        if kind.startswith("kubernetes:")
    }
    assert {key: value["spec"] for key, value in objects.items()} == {
        ("Issuer", "cert-manager", "linkerd-trust-root-issuer"): {"selfSigned": {}},
        ("Certificate", "cert-manager", "linkerd-trust-anchor-1"): {
            "issuerRef": {"kind": "Issuer", "name": "linkerd-trust-root-issuer"},
            "secretName": "linkerd-trust-anchor-1",
            "isCA": True,
            "commonName": "root.linkerd.cluster.local",
            "duration": "87600h",
            "renewBefore": "720h",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        },
        ("ClusterIssuer", None, "linkerd-identity-issuer-1"): {
            "ca": {"secretName": "linkerd-trust-anchor-1"}
        },
        ("Certificate", "linkerd", "linkerd-identity-issuer"): {
            "issuerRef": {"kind": "ClusterIssuer", "name": "linkerd-identity-issuer-1"},
            "secretName": "linkerd-identity-issuer",
            "isCA": True,
            "commonName": "identity.linkerd.cluster.local",
            "duration": "48h",
            "renewBefore": "25h",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
        ("Bundle", None, "linkerd-identity-trust-roots"): {
            "sources": [{"secret": {"name": "linkerd-trust-anchor-1", "key": "tls.crt"}}],
            "target": {
                "configMap": {"key": "ca-bundle.crt"},
                "namespaceSelector": {"matchLabels": {"linkerd.io/is-control-plane": "true"}},
            },
        },
    }
    waits = {
        key[0]: value["metadata"]["annotations"]["pulumi.com/waitFor"]
        for key, value in objects.items()
    }
    assert waits.pop("Bundle") == "condition=Synced"
    assert set(waits.values()) == {"condition=Ready"}
    assert {value["apiVersion"] for key, value in objects.items() if key[0] != "Bundle"} == {
        "cert-manager.io/v1"
    }
    assert built.values["identity"] == {
        "externalCA": True,
        "issuer": {"scheme": "kubernetes.io/tls"},
    }
    assert built.expiry == {}


def test_cert_manager_keeps_the_previous_anchor_in_the_bundle() -> None:
    manager = {"namespace": "pki"}
    built = build(
        settings(
            mode="cert-manager",
            trustAnchors={"generation": 2, "step": "issue"},
            certManager=manager,
        )
    )
    specs = {
        (inputs["kind"], inputs["metadata"]["name"]): inputs["spec"]
        for kind, _, inputs in built.seen
        if kind.startswith("kubernetes:")
    }
    sources = specs["Bundle", "linkerd-identity-trust-roots"]["sources"]
    assert [source["secret"]["name"] for source in sources] == [
        "linkerd-trust-anchor-1",
        "linkerd-trust-anchor-2",
    ]
    issuer = specs["Certificate", "linkerd-identity-issuer"]["issuerRef"]["name"]
    assert specs["ClusterIssuer", issuer] == {"ca": {"secretName": "linkerd-trust-anchor-2"}}
    namespaces = {
        inputs["metadata"].get("namespace")
        for kind, _, inputs in built.seen
        if kind.startswith("kubernetes:")
    }
    assert namespaces == {"pki", "linkerd", None}
