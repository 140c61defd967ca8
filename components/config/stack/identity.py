"""What a stack decides about the mesh's certificates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr

from components.config.scalars import DnsLabel, refuse
from components.config.validation import Model


def _whole(value: object) -> object:
    # YAML's `yes` would otherwise be taken for the number 1.
    if isinstance(value, bool):
        raise _refused()
    return value


def _counted(value: int) -> int:
    if not 1 <= value <= 9999:
        raise _refused()
    return value


def _refused() -> Exception:
    return refuse("a whole number from 1 to 9999", "Count up by one to get a new one.")


Generation = Annotated[int, BeforeValidator(_whole), AfterValidator(_counted)]
"""A counter: the next number means a new key and a new certificate."""


class TrustAnchors(Model):
    """Which trust anchors there are, for the modes that make them.

    ``generation`` counts the anchors. A new one comes in three steps, one run each, with a restart
    of the workloads after each: ``add`` trusts it beside its predecessor, ``issue`` lets it sign
    the issuer, ``remove`` drops the predecessor. ``remove`` is also the state between rotations.
    """

    generation: Generation = 1
    step: Literal["add", "issue", "remove"] = "remove"

    @property
    def bundle(self) -> tuple[int, ...]:
        """The generations that proxies trust."""
        if self.step == "remove":
            return (self.generation,)
        return (self.generation - 1, self.generation)

    @property
    def issuing(self) -> int:
        """The generation that signs the issuer; it is always in the bundle."""
        return self.generation - 1 if self.step == "add" else self.generation


class Issuer(Model):
    """The issuer: ``generation`` for the mode ``generated``, the PEMs for ``provided``.

    ``certificatePem`` may go on with intermediates, up to but without the anchor.
    """

    generation: Generation = 1
    certificate_pem: str | None = None
    key_pem: SecretStr | None = None


class CertManager(Model):
    """``namespace``: cert-manager's cluster resource namespace, and trust-manager's trust one."""

    namespace: DnsLabel = "cert-manager"


class IdentitySettings(Model):
    """Where the certificates come from, and how they change.

    ``mode``: ``generated`` by this program, ``provided`` in the config, or made in the cluster by
    ``cert-manager``. ``rotation``: ``stepwise`` refuses a run that changes trust anchors and issuer
    together; ``at-once`` lets it, for a mesh whose anchor has expired or is lost. A new
    ``webhookGeneration`` renews the certificates of the control plane's webhooks.
    """

    mode: Literal["generated", "provided", "cert-manager"] = "generated"
    rotation: Literal["stepwise", "at-once"] = "stepwise"
    trust_anchors: TrustAnchors = TrustAnchors()
    trust_anchors_pem: str | None = None
    issuer: Issuer = Issuer()
    cert_manager: CertManager = CertManager()
    webhook_generation: Generation = 1
