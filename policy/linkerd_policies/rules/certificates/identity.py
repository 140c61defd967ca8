"""The mesh's certificates, where a program hands them to Linkerd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cryptography import x509
from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings, whole_number
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, peek
from linkerd_policies.reading import charts, x509_checks
from linkerd_policies.rules.certificates.private_keys import GROUP, TAGS
from linkerd_policies.shared.limits import RENEWAL_DAYS
from linkerd_policies.shared.x509 import anchor_of

_ANCHORS = ("values", "identityTrustAnchorsPEM")
_ISSUER = ("values", "identity", "issuer", "tls", "crtPEM")
_DAYS = whole_number(
    "minimumDays",
    "How many days the issuer and its trust anchor are valid at the least.",
    default=RENEWAL_DAYS,
    minimum=0,
    maximum=3650,
)


def check_certificates(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """Anchors and issuer in the control plane's values are what Linkerd requires, and last."""
    if charts.known_chart_name(obj) != charts.CONTROL_PLANE:
        return
    days = int(settings[_DAYS.name])
    anchors_pem, chain_pem = peek(obj.props, *_ANCHORS), peek(obj.props, *_ISSUER)
    anchors, chain = x509_checks.parse(anchors_pem), x509_checks.parse(chain_pem)
    yield from _unreadable(obj, _ANCHORS, anchors_pem, anchors)
    yield from _unreadable(obj, _ISSUER, chain_pem, chain)
    used = anchor_of(chain, anchors) if chain else None
    if chain and anchors and used is None:
        yield (
            f"Sign the certificate at {'.'.join(_ISSUER)} of {obj} by one of the anchors at "
            f"{'.'.join(_ANCHORS)}: no proxy trusts an identity that does not lead to one."
        )
    yield from _anchor_violations(obj, anchors, used, days)
    yield from _chain_violations(obj, chain, days)


def _unreadable(
    obj: KubeObject, path: tuple[str, ...], pem: Any, found: list[x509.Certificate]
) -> Iterator[str]:
    # Where it is absent, cert-manager or `externalCA` brings it, or the chart itself refuses. A
    # certificate made by the same program is unknown in its first preview, and known in `up`.
    if pem not in (None, "", UNKNOWN) and not found:
        yield f"Set {'.'.join(path)} of {obj} to certificates in PEM: Linkerd cannot read it."


def _anchor_violations(
    obj: KubeObject, anchors: Sequence[x509.Certificate], used: x509.Certificate | None, days: int
) -> Iterator[str]:
    for number, anchor in enumerate(anchors, start=1):
        left = days if anchor is used else 0
        for fault in x509_checks.anchor_instructions(anchor, left, x509_checks.utc_now()):
            yield f"Change certificate {number} at {'.'.join(_ANCHORS)} of {obj}: {fault}."


def _chain_violations(
    obj: KubeObject, chain: Sequence[x509.Certificate], days: int
) -> Iterator[str]:
    now = x509_checks.utc_now()
    for issuer in chain[:1]:
        for fault in x509_checks.issuer_instructions(issuer, days, now):
            yield f"Change the certificate at {'.'.join(_ISSUER)} of {obj}: {fault}."
    for number, intermediate in enumerate(chain[1:], start=2):
        for fault in x509_checks.anchor_instructions(intermediate, days, now):
            yield f"Change certificate {number} at {'.'.join(_ISSUER)} of {obj}: {fault}."


_RELEASE = """\
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-control-plane
version: 2026.6.3
repositoryOpts: {repo: https://helm.linkerd.io/edge}
values:
"""

IDENTITY_CERTIFICATES = ResourceRule(
    name="linkerd-identity-certificates",
    display_name="The mesh's certificates are valid",
    group=GROUP,
    severity=Severity.CRITICAL,
    tags=TAGS,
    description="Trust anchors and issuer in the control plane's values are ones that Linkerd "
    "takes, lead to each other, and last.",
    why=(
        "When the issuer or its anchor ends, proxies get no new identity and within a day no "
        "service talks to another. The chart takes any text: a key of the wrong kind, or an issuer "
        "that another authority signed, shows in the identity controller's log only. An anchor "
        "that signed no issuer, as in a rotation, need not last, but must not have ended. A chart "
        "whose certificates come from cert-manager has none in its values, and passes. "
        "Certificates that the preview does not know are looked at in `up`, before the write."
    ),
    remediation=(
        "Make an anchor and an issuer with ECDSA P-256 keys, both isCA, the issuer signed by the "
        "anchor; and rotate them before they end."
    ),
    source="https://linkerd.io/2-edge/tasks/generate-certificates/",
    settings=(_DAYS,),
    kinds=charts.CHART_KINDS,
    check=check_certificates,
    bad=_RELEASE + "  identityTrustAnchorsPEM: no certificate\n",
    good=_RELEASE + "  identity: {externalCA: true, issuer: {scheme: kubernetes.io/tls}}\n",
)

RULES = (IDENTITY_CERTIFICATES,)
