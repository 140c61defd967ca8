"""The mesh's certificates: trust anchors, and the issuer that signs every proxy's certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.cluster import rotation
from components.config.stack.identity import IdentitySettings
from components.linkerd import certificates
from components.mesh.identity_cert_manager import CertManagerObjects
from components.mesh.identity_generated import generate


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityArgs:
    """The validated settings, and the control plane's namespace."""

    settings: IdentitySettings
    namespace: str


class Identity(pulumi.ComponentResource):
    """The certificates: generated, provided or made by cert-manager, as the settings' mode says.

    ``values`` are for the chart ``linkerd-control-plane``. ``expiry`` says when each certificate
    ends, in RFC 3339: ``issuer`` and ``trustAnchors`` by generation or fingerprint; empty where
    cert-manager keeps them.
    """

    values: dict[str, Any]
    expiry: dict[str, Any]

    def __init__(
        self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the certificates, or take the provided ones."""
        super().__init__("platform:mesh:Identity", name, None, opts)
        settings = args.settings
        self.expiry = {}
        if settings.mode == "generated":
            self.values = self._generated(name, settings)
        elif settings.mode == "provided":
            self.values = self._provided(settings)
        else:
            self.values = self._cert_manager(name, settings, args.namespace)
        self.values["podAnnotations"] = {
            **rotation.wanted(settings).annotations(),
            rotation.WEBHOOKS: str(settings.webhook_generation),
        }
        self.register_outputs({"expiry": self.expiry})

    def _generated(self, name: str, settings: IdentitySettings) -> dict[str, Any]:
        made = generate(name, settings, self)
        self.expiry = {
            "trustAnchors": {str(n): one.validity_end_time for n, one in made.anchors.items()},
            "issuer": made.issuer.validity_end_time,
        }
        pems = [anchor.cert_pem for anchor in made.anchors.values()]
        return _values(
            pulumi.Output.all(*pems).apply(_joined),
            made.issuer.cert_pem,
            made.issuer_key.private_key_pem,
        )

    def _provided(self, settings: IdentitySettings) -> dict[str, Any]:
        anchors, issuer = settings.trust_anchors_pem or "", settings.issuer.certificate_pem or ""
        key = settings.issuer.key_pem
        self.expiry = {
            "trustAnchors": {
                certificates.fingerprint(one): certificates.end(one)
                for one in certificates.read_chain(anchors)
            },
            "issuer": certificates.end(certificates.read_chain(issuer)[0]),
        }
        return _values(_joined([anchors]), issuer, key.get_secret_value() if key else "")

    def _cert_manager(
        self, name: str, settings: IdentitySettings, namespace: str
    ) -> dict[str, Any]:
        CertManagerObjects(name, settings, namespace, self)
        return {"identity": {"externalCA": True, "issuer": {"scheme": "kubernetes.io/tls"}}}


def _joined(pems: list[str]) -> str:
    # The injector writes a hash of the anchors on pods, without the blanks around them.
    return "\n".join(pem.strip() for pem in pems)


def _values(
    anchors: pulumi.Input[str], certificate: pulumi.Input[str], key: pulumi.Input[str]
) -> dict[str, Any]:
    tls = {"crtPEM": certificate, "keyPEM": pulumi.Output.secret(key)}
    return {"identityTrustAnchorsPEM": anchors, "identity": {"issuer": {"tls": tls}}}
