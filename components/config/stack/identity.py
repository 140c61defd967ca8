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
    return refuse("a whole number from 1 to 9999", "Raise it by one for a new one.")


Generation = Annotated[int, BeforeValidator(_whole), AfterValidator(_counted)]
"""A counter, 1 to 9999: the next number makes a new key, password or certificate."""


class TrustAnchors(Model):
    """The trust anchors that the modes ``generated`` and ``cert-manager`` make."""

    generation: Generation = 1
    """Number of the newest trust anchor, 1 to 9999; the next number means a new one. A rotation
    takes one run for each ``step``, with a restart of the meshed workloads after each."""

    step: Literal["add", "issue", "remove"] = "remove"
    """``add`` trusts the newest anchor beside its predecessor, ``issue`` lets it sign the issuer,
    ``remove`` drops the predecessor. ``remove`` is also the value between rotations."""

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
    """The certificate that signs those of the proxies."""

    generation: Generation = 1
    """Number of the issuer, 1 to 9999; the next number makes a new key and certificate. Only with
    ``mode: generated``."""

    certificate_pem: str | None = None
    """The issuer's certificate as PEM, then any intermediates, without the trust anchor. Only with
    ``mode: provided``, which requires it."""

    key_pem: SecretStr | None = None
    """The issuer's private key as PEM, from secret config. Only with ``mode: provided``, which
    requires it."""


class CertManager(Model):
    """Where cert-manager and trust-manager run, for ``mode: cert-manager``."""

    namespace: DnsLabel = "cert-manager"
    """Namespace that is both cert-manager's cluster resource namespace and trust-manager's trust
    namespace."""


class IdentitySettings(Model):
    """Where the mesh's certificates come from, and how they change."""

    mode: Literal["generated", "provided", "cert-manager"] = "generated"
    """``generated``: this program makes trust anchors and issuer. ``provided``: the config holds
    them; ``cert-manager``: cert-manager makes them in the cluster."""

    rotation: Literal["stepwise", "at-once"] = "stepwise"
    """``stepwise`` refuses a run that changes trust anchors and issuer together. ``at-once`` allows
    it, for a mesh whose anchor has expired or is lost: proxies are cut off until they restart."""

    trust_anchors: TrustAnchors = TrustAnchors()
    """Trust anchors that are made here, and the rotation of them; not with ``mode: provided``."""

    trust_anchors_pem: str | None = None
    """Certificates that the proxies trust as anchors, as PEM. Only with ``mode: provided``, which
    requires it."""

    issuer: Issuer = Issuer()
    """The issuer's generation or PEMs, depending on ``mode``."""

    cert_manager: CertManager = CertManager()
    """Where cert-manager runs, only with ``mode: cert-manager``."""

    webhook_generation: Generation = 1
    """Number of the webhooks' certificates, 1 to 9999; the next number renews those of the control
    plane's webhooks."""
