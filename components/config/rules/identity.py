"""What the identity settings must satisfy, besides the types of their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from components.config.problems import Problem, one_of
from components.config.stack.identity import IdentitySettings
from components.linkerd import certificates
from components.linkerd.certificates import Chain, Finding, UnusableError

PATH = "linkerd.identity"
_ANCHORS_PEM, _CERTIFICATE_PEM, _KEY_PEM = (
    "trustAnchorsPem",
    "issuer.certificatePem",
    "issuer.keyPem",
)
_MODES = {
    "trustAnchors": ("generated", "cert-manager"),
    "issuer.generation": ("generated",),
    _ANCHORS_PEM: ("provided",),
    _CERTIFICATE_PEM: ("provided",),
    _KEY_PEM: ("provided",),
    "certManager": ("cert-manager",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Problems stop the run; warnings are shown."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


def check(file: str, identity: IdentitySettings, now: datetime) -> Findings:
    """Check the settings; ``file`` is the stack's config file, ``now`` has a time zone."""
    problems = tuple(_problems(file, identity, now))
    warnings = () if problems else tuple(_warnings(identity, now))
    return Findings(problems=problems, warnings=warnings)


def _problems(file: str, identity: IdentitySettings, now: datetime) -> Iterator[Problem]:
    yield from _keys_of_other_modes(file, identity)
    if identity.mode == "provided":
        yield from _Provided(file, identity).problems(now)
    else:
        yield from _first_generation(file, identity)


def _warnings(identity: IdentitySettings, now: datetime) -> Iterator[str]:
    if identity.rotation == "at-once":
        yield (
            f'{PATH}.rotation is "at-once": a change of trust anchors and issuer in one run cuts '
            "every proxy off until it restarts. Delete the key once the mesh has recovered."
        )
    if identity.mode != "provided":
        return
    pems = {
        _ANCHORS_PEM: identity.trust_anchors_pem,
        _CERTIFICATE_PEM: identity.issuer.certificate_pem,
    }
    for key, pem in pems.items():
        for certificate in certificates.read_chain(pem or ""):
            if certificates.ends_soon(certificate, now):
                yield (
                    f"{PATH}.{key}: {certificates.describe(certificate)} ends at "
                    f"{certificates.end(certificate)}. Replace it as docs/runbooks/certificates.md "
                    "tells."
                )


def _keys_of_other_modes(file: str, identity: IdentitySettings) -> Iterator[Problem]:
    for key in _given(identity):
        modes = _MODES[key]
        if identity.mode not in modes:
            allowed = one_of(f'"{mode}"' for mode in modes)
            yield Problem(
                file=file,
                path=f"{PATH}.{key}",
                found=f'a key that has no effect with `mode: "{identity.mode}"`',
                allowed=f"this key with the mode {allowed} only",
                fix=f"Delete the key, or set `{PATH}.mode`.",
            )


def _given(identity: IdentitySettings) -> Iterator[str]:
    keys = {"trust_anchors": "trustAnchors", "trust_anchors_pem": _ANCHORS_PEM}
    for field, key in {**keys, "cert_manager": "certManager"}.items():
        if field in identity.model_fields_set:
            yield key
    inner = {"generation": "issuer.generation", "certificate_pem": _CERTIFICATE_PEM}
    for field, key in {**inner, "key_pem": _KEY_PEM}.items():
        if field in identity.issuer.model_fields_set:
            yield key


def _first_generation(file: str, identity: IdentitySettings) -> Iterator[Problem]:
    anchors = identity.trust_anchors
    if anchors.generation == 1 and anchors.step != "remove":
        yield Problem(
            file=file,
            path=f"{PATH}.trustAnchors",
            found=f'the step "{anchors.step}" with generation 1',
            allowed='generation 2 or later with the steps "add" and "issue"',
            fix="Set `generation` to the number of the new trust anchor: the current one plus 1.",
        )


class _Provided:
    """The certificates of the mode ``provided``, as far as each can be read."""

    def __init__(self, file: str, identity: IdentitySettings) -> None:
        self._file = file
        secret = identity.issuer.key_pem
        self._pems = {
            _ANCHORS_PEM: identity.trust_anchors_pem,
            _CERTIFICATE_PEM: identity.issuer.certificate_pem,
            _KEY_PEM: secret.get_secret_value() if secret else None,
        }

    def problems(self, now: datetime) -> Iterator[Problem]:
        """Every problem of the three texts and of what they are to each other."""
        anchors, unreadable = self._chain(_ANCHORS_PEM)
        chain, more = self._chain(_CERTIFICATE_PEM)
        yield from (*unreadable, *more)
        for anchor in anchors:
            yield from self._at(_ANCHORS_PEM, certificates.anchor_findings(anchor, now))
        for issuer in chain[:1]:
            yield from self._at(_CERTIFICATE_PEM, certificates.issuer_findings(issuer, now))
        for intermediate in chain[1:]:
            findings = certificates.anchor_findings(intermediate, now)
            yield from self._at(_CERTIFICATE_PEM, findings)
        if anchors and chain and certificates.anchor_of(chain, anchors) is None:
            yield from self._at(_CERTIFICATE_PEM, [_unrelated(chain, anchors)])
        yield from self._key(chain)

    def _chain(self, key: str) -> tuple[Chain, list[Problem]]:
        pem = self._pems[key]
        if pem is None:
            return (), [self._missing(key)]
        try:
            return certificates.read_chain(pem), []
        except UnusableError as error:
            return (), list(self._at(key, [error.finding]))

    def _key(self, chain: Chain) -> Iterator[Problem]:
        pem = self._pems[_KEY_PEM]
        if pem is None:
            yield self._missing(_KEY_PEM)
            return
        try:
            key = certificates.read_key(pem)
        except UnusableError as error:
            yield from self._at(_KEY_PEM, [error.finding])
            return
        if chain:
            yield from self._at(_KEY_PEM, certificates.key_findings(chain[0], key))

    def _missing(self, key: str) -> Problem:
        secret = " --secret" if key == _KEY_PEM else ""
        return Problem(
            file=self._file,
            path=f"{PATH}.{key}",
            found="nothing",
            allowed='a PEM text, which the mode "provided" needs',
            fix=f"Set it: `pulumi config set{secret} --path {PATH}.{key} < file.pem`.",
        )

    def _at(self, key: str, findings: Iterable[Finding]) -> Iterator[Problem]:
        for each in findings:
            yield Problem(
                file=self._file,
                path=f"{PATH}.{key}",
                found=each.found,
                allowed=each.allowed,
                fix=each.fix,
            )


def _unrelated(chain: Chain, anchors: Chain) -> Finding:
    return Finding(
        found=f"{certificates.describe(chain[0])}, which no trust anchor has signed",
        allowed=f"an issuer signed by {one_of(map(certificates.describe, anchors))}",
        fix=f"Sign the issuer with one of them, or add its anchor to `{PATH}.{_ANCHORS_PEM}`.",
    )
