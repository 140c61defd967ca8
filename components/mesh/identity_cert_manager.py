"""Trust anchors and issuer made in the cluster by cert-manager, the bundle by trust-manager.

Source:
https://linkerd.io/2-edge/tasks/automatically-rotating-control-plane-tls-credentials/. There, one
anchor changes in place and a copy of its predecessor is made by hand; here, each generation is an
object of its own, so that the bundle always names exactly the anchors of the rotation's step.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.identity import IdentitySettings
from components.mesh.identity_generated import (
    ANCHOR_NAME,
    ANCHOR_VALIDITY_HOURS,
    EARLY_RENEWAL_HOURS,
    ISSUER_NAME,
)
from components.resources.objects import custom_resource
from components.resources.specs import cert_manager
from components.resources.specs.cert_manager import BundleSpec, CertificateSpec, IssuerSpec
from components.resources.specs.kind import Kind, Spec

BUNDLE = "linkerd-identity-trust-roots"
BUNDLE_KEY = "ca-bundle.crt"
ISSUER = "linkerd-identity-issuer"
ANCHOR = "linkerd-trust-anchor"
ROOT_ISSUER = "linkerd-trust-root-issuer"
ANCHOR_DURATION = f"{ANCHOR_VALIDITY_HOURS}h"
ANCHOR_RENEW_BEFORE = f"{EARLY_RENEWAL_HOURS}h"
ISSUER_DURATION = "48h"
ISSUER_RENEW_BEFORE = "25h"


class CertManagerObjects:
    """Declares the objects, each after those that it needs."""

    def __init__(
        self, name: str, settings: IdentitySettings, namespace: str, parent: pulumi.Resource
    ) -> None:
        """Make the certificates of ``namespace``, which has the control plane's label already."""
        self._name, self._parent = name, parent
        self._trust_namespace = settings.cert_manager.namespace
        anchors = settings.trust_anchors
        root = self._object(
            ROOT_ISSUER, cert_manager.ISSUER, IssuerSpec(selfSigned={}), self._trust_namespace
        )
        certificates = {n: self._anchor(n, root) for n in anchors.bundle}
        signer = self._signer(anchors.issuing, certificates[anchors.issuing])
        self._issuer(namespace, anchors.issuing, signer)
        self._bundle(anchors.bundle, certificates)

    def _anchor(self, generation: int, root: pulumi.Resource) -> pulumi.Resource:
        name = f"{ANCHOR}-{generation}"
        spec: CertificateSpec = {
            "issuerRef": {"kind": "Issuer", "name": ROOT_ISSUER},
            "secretName": name,
            "isCA": True,
            "commonName": ANCHOR_NAME,
            "duration": ANCHOR_DURATION,
            "renewBefore": ANCHOR_RENEW_BEFORE,
            # cert-manager chooses the time of a renewal, so it must not make a key that no proxy
            # knows.
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        }
        return self._object(name, cert_manager.CERTIFICATE, spec, self._trust_namespace, root)

    def _signer(self, generation: int, anchor: pulumi.Resource) -> pulumi.Resource:
        return self._object(
            f"{ISSUER}-{generation}",
            cert_manager.CLUSTER_ISSUER,
            IssuerSpec(ca={"secretName": f"{ANCHOR}-{generation}"}),
            None,
            anchor,
        )

    def _issuer(self, namespace: str, generation: int, signer: pulumi.Resource) -> None:
        spec: CertificateSpec = {
            # A new name makes cert-manager issue at once, rather than at the next renewal:
            # https://cert-manager.io/docs/faq/#when-do-certs-get-re-issued
            "issuerRef": {"kind": "ClusterIssuer", "name": f"{ISSUER}-{generation}"},
            "secretName": ISSUER,
            "isCA": True,
            "commonName": ISSUER_NAME,
            "duration": ISSUER_DURATION,
            "renewBefore": ISSUER_RENEW_BEFORE,
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        }
        self._object(ISSUER, cert_manager.CERTIFICATE, spec, namespace, signer)

    def _bundle(
        self, generations: tuple[int, ...], certificates: Mapping[int, pulumi.Resource]
    ) -> None:
        spec = BundleSpec(
            sources=[{"secret": {"name": f"{ANCHOR}-{n}", "key": "tls.crt"}} for n in generations],
            target={
                "configMap": {"key": BUNDLE_KEY},
                "namespaceSelector": {"matchLabels": {"linkerd.io/is-control-plane": "true"}},
            },
        )
        needed = certificates.values()
        self._object(BUNDLE, cert_manager.BUNDLE, spec, None, *needed, ready="Synced")

    def _object(
        self,
        name: str,
        kind: Kind[Spec],
        spec: Spec,
        namespace: str | None,
        *depends_on: pulumi.Resource,
        ready: str = "Ready",
    ) -> pulumi.Resource:
        """An object, which counts as created once its condition ``ready`` is true."""
        return custom_resource(
            f"{self._name}-{kind.name}-{name}".lower(),
            kind,
            spec,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=namespace,
                annotations={"pulumi.com/waitFor": f"condition={ready}"},
            ),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=list(depends_on)),
        )
