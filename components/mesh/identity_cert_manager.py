"""Trust anchors and issuer made in the cluster by cert-manager, the bundle by trust-manager.

Source:
https://linkerd.io/2-edge/tasks/automatically-rotating-control-plane-tls-credentials/. There, one
anchor changes in place and a copy of its predecessor is made by hand; here, each generation is an
object of its own, so that the bundle always names exactly the anchors of the rotation's step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.identity import IdentitySettings
from components.mesh.identity_generated import (
    ANCHOR_NAME,
    ANCHOR_VALIDITY_HOURS,
    EARLY_RENEWAL_HOURS,
    ISSUER_NAME,
)

API = "cert-manager.io/v1"
TRUST_API = "trust.cert-manager.io/v1alpha1"
BUNDLE = "linkerd-identity-trust-roots"
BUNDLE_KEY = "ca-bundle.crt"
ISSUER = "linkerd-identity-issuer"
ANCHOR = "linkerd-trust-anchor"
ROOT_ISSUER = "linkerd-trust-root-issuer"
ANCHOR_TIMES = {
    "duration": f"{ANCHOR_VALIDITY_HOURS}h",
    "renewBefore": f"{EARLY_RENEWAL_HOURS}h",
}
ISSUER_TIMES = {"duration": "48h", "renewBefore": "25h"}


class CertManagerObjects:
    """Declares the objects, each after what it needs."""

    def __init__(
        self, name: str, settings: IdentitySettings, namespace: str, parent: pulumi.Resource
    ) -> None:
        """Make the certificates of ``namespace``, which has the control plane's label already."""
        self._name, self._parent = name, parent
        self._trust_namespace = settings.cert_manager.namespace
        anchors = settings.trust_anchors
        root = self._object(
            ROOT_ISSUER, API, "Issuer", {"selfSigned": {}}, self._trust_namespace, ready="Ready"
        )
        certificates = {n: self._anchor(n, root) for n in anchors.bundle}
        signer = self._signer(anchors.issuing, certificates[anchors.issuing])
        self._issuer(namespace, anchors.issuing, signer)
        self._bundle(anchors.bundle, certificates)

    def _anchor(self, generation: int, after: pulumi.Resource) -> k8s.apiextensions.CustomResource:
        name = f"{ANCHOR}-{generation}"
        spec = {
            "issuerRef": {"kind": "Issuer", "name": ROOT_ISSUER},
            "secretName": name,
            "isCA": True,
            "commonName": ANCHOR_NAME,
            **ANCHOR_TIMES,
            # A renewal at a time of cert-manager's choice must not bring a key that no proxy knows.
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        }
        return self._object(
            name, API, "Certificate", spec, self._trust_namespace, after, ready="Ready"
        )

    def _signer(self, generation: int, after: pulumi.Resource) -> k8s.apiextensions.CustomResource:
        spec = {"ca": {"secretName": f"{ANCHOR}-{generation}"}}
        return self._object(
            f"{ISSUER}-{generation}", API, "ClusterIssuer", spec, None, after, ready="Ready"
        )

    def _issuer(self, namespace: str, generation: int, after: pulumi.Resource) -> None:
        spec = {
            # A new name makes cert-manager issue at once, rather than at the next renewal:
            # https://cert-manager.io/docs/faq/#when-do-certs-get-re-issued
            "issuerRef": {"kind": "ClusterIssuer", "name": f"{ISSUER}-{generation}"},
            "secretName": ISSUER,
            "isCA": True,
            "commonName": ISSUER_NAME,
            **ISSUER_TIMES,
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        }
        self._object(ISSUER, API, "Certificate", spec, namespace, after, ready="Ready")

    def _bundle(
        self, generations: tuple[int, ...], certificates: Mapping[int, pulumi.Resource]
    ) -> None:
        spec = {
            "sources": [
                {"secret": {"name": f"{ANCHOR}-{n}", "key": "tls.crt"}} for n in generations
            ],
            "target": {
                "configMap": {"key": BUNDLE_KEY},
                "namespaceSelector": {"matchLabels": {"linkerd.io/is-control-plane": "true"}},
            },
        }
        self._object(
            BUNDLE, TRUST_API, "Bundle", spec, None, *certificates.values(), ready="Synced"
        )

    def _object(
        self,
        name: str,
        api_version: str,
        kind: str,
        spec: Mapping[str, Any],
        namespace: str | None,
        *after: pulumi.Resource,
        ready: str,
    ) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            f"{self._name}-{kind}-{name}".lower(),
            api_version=api_version,
            kind=kind,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=namespace,
                annotations={"pulumi.com/waitFor": f"condition={ready}"},
            ),
            spec=dict(spec),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=list(after)),
        )
