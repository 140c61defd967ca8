"""cert-manager and trust-manager (cert-manager.io, trust.cert-manager.io).

Source: https://cert-manager.io/docs/reference/api-docs/
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from components.resources.specs.kind import Kind
from components.resources.specs.policy import PodSelector


class IssuerRef(TypedDict):
    kind: Literal["Issuer", "ClusterIssuer"]
    name: str
    group: NotRequired[str]


class CertificateKey(TypedDict):
    algorithm: Literal["ECDSA"]
    size: int
    rotationPolicy: Literal["Never", "Always"]


class CertificateSpec(TypedDict):
    """A certificate that cert-manager keeps in a Secret."""

    secretName: str
    issuerRef: IssuerRef
    privateKey: CertificateKey
    commonName: NotRequired[str]
    dnsNames: NotRequired[list[str]]
    duration: NotRequired[str]
    renewBefore: NotRequired[str]
    isCA: NotRequired[bool]


class CaIssuer(TypedDict):
    secretName: str


class IssuerSpec(TypedDict, total=False):
    """An Issuer or a ClusterIssuer."""

    selfSigned: dict[str, str]
    ca: CaIssuer


class SecretKey(TypedDict):
    name: str
    key: str


class BundleSource(TypedDict):
    secret: SecretKey


class BundleKey(TypedDict):
    key: str


class BundleTarget(TypedDict):
    configMap: BundleKey
    namespaceSelector: PodSelector


class BundleSpec(TypedDict):
    """Certificates that trust-manager copies into namespaces."""

    sources: list[BundleSource]
    target: BundleTarget


CERTIFICATE = Kind[CertificateSpec]("Certificate", "cert-manager.io/v1")
ISSUER = Kind[IssuerSpec]("Issuer", "cert-manager.io/v1")
CLUSTER_ISSUER = Kind[IssuerSpec]("ClusterIssuer", "cert-manager.io/v1")
BUNDLE = Kind[BundleSpec]("Bundle", "trust.cert-manager.io/v1alpha1")
