"""Keys, requests and certificates that the tests of the stand-in for ``tls`` ask for."""

from __future__ import annotations

from typing import Any

from cryptography import x509

from tests.unit.standins.client import Plugin, State, secret

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
P256 = {"algorithm": "ECDSA", "ecdsaCurve": "P256"}
CA = {"isCaCertificate": True, "allowedUses": ["cert_signing", "crl_signing"]}


def key_of(plugin: Plugin) -> str:
    pem = plugin.create(KEY, P256).values["privateKeyPem"]
    assert isinstance(pem, str)
    return pem


def certificate(state: State) -> x509.Certificate:
    return x509.load_pem_x509_certificate(state.values["certPem"].encode())


def extension(cert: x509.Certificate, kind: type[Any]) -> x509.Extension[Any]:
    return cert.extensions.get_extension_for_class(kind)


def root(plugin: Plugin, pem: str, **inputs: Any) -> State:
    return plugin.create(
        SELF_SIGNED,
        {
            "privateKeyPem": secret(pem),
            "subject": {"commonName": "root.linkerd.cluster.local"},
            "validityPeriodHours": 8760,
            **CA,
            **inputs,
        },
    )


def signed(plugin: Plugin, ca: State, ca_pem: str, request: State, **inputs: Any) -> State:
    return plugin.create(
        SIGNED,
        {
            "caCertPem": ca.values["certPem"],
            "caPrivateKeyPem": secret(ca_pem),
            "certRequestPem": request.values["certRequestPem"],
            "validityPeriodHours": 48,
            **CA,
            **inputs,
        },
    )


def request_for(plugin: Plugin, pem: str, name: str) -> State:
    return plugin.create(REQUEST, {"privateKeyPem": secret(pem), "subject": {"commonName": name}})
