"""Certificates: private keys stay secret, and the mesh's own certificates are valid."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography import x509
from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings, whole_number
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.framework.secrecy import Path, is_secret
from linkerd_policies.reading import charts, linkerd, x509_checks
from linkerd_policies.rules import groups
from linkerd_policies.shared.limits import RENEWAL_DAYS
from linkerd_policies.shared.secret_text import has_private_key
from linkerd_policies.shared.x509 import anchor_of

_CONFIG_MAP = ("", "ConfigMap")
_BUNDLE = ("trust.cert-manager.io", "Bundle")
_CHARTS = frozenset({linkerd.HELM_RELEASE, linkerd.HELM_CHART})
_READ = {_CONFIG_MAP: ("data", "binaryData"), _BUNDLE: ("spec",)}


def check_private_keys(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """A private key is in no ConfigMap or bundle, and in a chart's values as a secret only."""
    for root in _READ.get(obj.group_kind, ("values",)):
        for path, text in _texts(peek(obj.props, root), (root,)):
            if _is_key(text, encoded=root == "binaryData"):
                yield _message(obj, path)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text below ``value``, except secret Outputs in a chart's values.

    Unknown values are skipped: the rule runs again in ``up``, before the write.
    """
    if path[0] == "values" and is_secret(path):
        return
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from _texts(peek(value, key), (*path, key))
    else:
        for index, inner in enumerate(elements(value)):
            yield from _texts(inner, (*path, index))


def _is_key(text: str, *, encoded: bool) -> bool:
    if not encoded:
        return has_private_key(text)
    try:
        return has_private_key(base64.b64decode(text).decode("latin-1"))
    except binascii.Error:
        return False


def _message(obj: KubeObject, path: Path) -> str:
    where = ".".join(str(step) for step in path)
    if obj.group_kind in _CHARTS:
        return (
            f"Make {where} of {obj} a secret Output, or keep the key in a Secret that the chart "
            "reads: otherwise the state has the private key in clear."
        )
    return (
        f"Remove the private key from {where} of {obj}: everyone who may list objects reads it "
        "there. Put it in a Secret, and replace the key if it was ever deployed."
    )


NO_PRIVATE_KEYS = ResourceRule(
    name="linkerd-no-private-keys",
    display_name="Private keys stay secret",
    group=groups.CERTIFICATES.name,
    severity=Severity.CRITICAL,
    tags=groups.CERTIFICATES.tags,
    description="No ConfigMap or trust Bundle holds a private key, and no chart's values do in "
    "clear.",
    why=(
        "The issuer's key creates identities: whoever has it can be any service of the mesh. "
        "Everyone can read it in a ConfigMap. In a chart's values it is part of Pulumi's state, "
        "in clear unless the value is a secret Output; the engine tells the rule which values "
        "are. Helm keeps a release's values in a Secret of its own."
    ),
    remediation=(
        "Pass the key as a secret: `pulumi config set --secret`, `pulumi.Output.secret(...)`, or "
        "the output of a tls.PrivateKey, which is one."
    ),
    source="https://linkerd.io/2-edge/tasks/generate-certificates/",
    kinds=frozenset({_CONFIG_MAP, _BUNDLE, *_CHARTS}),
    check=check_private_keys,
    bad="""\
apiVersion: v1
kind: ConfigMap
metadata: {name: identity, namespace: linkerd}
data:
  issuer.key: |
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEII...
    -----END EC PRIVATE KEY-----
""",
    good="""\
apiVersion: v1
kind: ConfigMap
metadata: {name: identity, namespace: linkerd}
data:
  ca-bundle.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBiDCCAS6...
    -----END CERTIFICATE-----
""",
)


_ANCHORS = ("identityTrustAnchorsPEM",)
_ISSUER = ("identity", "issuer", "tls", "crtPEM")
_DAYS = whole_number(
    "minimumDays",
    "For how many more days the issuer and its trust anchor must be valid.",
    default=RENEWAL_DAYS,
    minimum=0,
    maximum=3650,
)


def check_certificates(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """Linkerd accepts the anchors and the issuer in the control plane's values, and they last."""
    if charts.known_chart_name(obj) != charts.CONTROL_PLANE:
        return
    days = int(settings[_DAYS.name])
    anchors_pem, chain_pem = (
        peek(obj.props, *_at(obj, _ANCHORS)),
        peek(obj.props, *_at(obj, _ISSUER)),
    )
    anchors, chain = x509_checks.parse(anchors_pem), x509_checks.parse(chain_pem)
    yield from _unreadable(obj, _ANCHORS, anchors_pem, anchors)
    yield from _unreadable(obj, _ISSUER, chain_pem, chain)
    used = anchor_of(chain, anchors) if chain else None
    if chain and anchors and used is None:
        yield (
            f"Sign the certificate at {_path(obj, _ISSUER)} of {obj} by one of the anchors at "
            f"{_path(obj, _ANCHORS)}: no proxy trusts an identity that does not lead to one."
        )
    yield from _anchor_violations(obj, anchors, used, days)
    yield from _chain_violations(obj, chain, days)


def _at(obj: KubeObject, value: tuple[str, ...]) -> tuple[str, ...]:
    return (*charts.values_of(obj), *value)


def _path(obj: KubeObject, value: tuple[str, ...]) -> str:
    return ".".join(_at(obj, value))


def _unreadable(
    obj: KubeObject, path: tuple[str, ...], pem: Any, found: list[x509.Certificate]
) -> Iterator[str]:
    # Where it is absent, cert-manager or `externalCA` brings it, or the chart itself refuses. A
    # certificate made by the same program is unknown in its first preview, and known in `up`.
    if pem not in (None, "", UNKNOWN) and not found:
        yield f"Set {_path(obj, path)} of {obj} to certificates in PEM: Linkerd cannot read it."


def _anchor_violations(
    obj: KubeObject, anchors: Sequence[x509.Certificate], used: x509.Certificate | None, days: int
) -> Iterator[str]:
    for number, anchor in enumerate(anchors, start=1):
        left = days if anchor is used else 0
        for fault in x509_checks.anchor_instructions(anchor, left, x509_checks.utc_now()):
            yield f"Change certificate {number} at {_path(obj, _ANCHORS)} of {obj}: {fault}."


def _chain_violations(
    obj: KubeObject, chain: Sequence[x509.Certificate], days: int
) -> Iterator[str]:
    now = x509_checks.utc_now()
    for issuer in chain[:1]:
        for fault in x509_checks.issuer_instructions(issuer, days, now):
            yield f"Change the certificate at {_path(obj, _ISSUER)} of {obj}: {fault}."
    for number, intermediate in enumerate(chain[1:], start=2):
        for fault in x509_checks.anchor_instructions(intermediate, days, now):
            yield f"Change certificate {number} at {_path(obj, _ISSUER)} of {obj}: {fault}."


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
    group=groups.CERTIFICATES.name,
    severity=Severity.CRITICAL,
    tags=groups.CERTIFICATES.tags,
    description=(
        "Linkerd accepts the trust anchors and the issuer in the control plane's values, they "
        "form a chain, and they are valid long enough."
    ),
    why=(
        "When the issuer or its anchor expires, proxies get no new identity, and within a day no "
        "service can call another. The chart accepts any text: only the identity controller's "
        "log shows a key of the wrong kind, or an issuer that another authority signed. An "
        "anchor that signed no issuer, as in a rotation, may expire soon, but must not have "
        "expired. A chart whose certificates come from cert-manager has none in its values, and "
        "passes. Certificates that the preview does not know are checked in `up`, before the "
        "write."
    ),
    remediation=(
        "Create an anchor and an issuer with ECDSA P-256 keys, both isCA, the issuer signed by "
        "the anchor, and rotate them before they expire."
    ),
    source="https://linkerd.io/2-edge/tasks/generate-certificates/",
    settings=(_DAYS,),
    kinds=charts.CHART_KINDS,
    check=check_certificates,
    bad=_RELEASE + "  identityTrustAnchorsPEM: no certificate\n",
    good=_RELEASE + "  identity: {externalCA: true, issuer: {scheme: kubernetes.io/tls}}\n",
)

RULES = (NO_PRIVATE_KEYS, IDENTITY_CERTIFICATES)
