"""Rules about the mesh's identity: keys of its mode, and provided certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.config.stack.identity import IdentitySettings
from components.findings import Finding
from components.linkerd import certificates
from components.linkerd.certificates import Chain, UnusableError

PATH = "linkerd.identity"
_ANCHORS, _CERTIFICATE, _KEY = (
    f"{PATH}.trustAnchorsPem",
    f"{PATH}.issuer.certificatePem",
    f"{PATH}.issuer.keyPem",
)


def keys_are_of_the_mode(stack: StackContext) -> Iterator[Finding]:
    """No key is set that has no effect in the mode."""
    identity = stack.settings.linkerd.identity
    for key, modes in _given(identity):
        if identity.mode not in modes:
            allowed = one_of(f'"{mode}"' for mode in modes)
            yield Finding(
                path=key,
                found=f'a key that has no effect with `mode: "{identity.mode}"`',
                allowed=f"this key with the mode {allowed} only",
                fix=f"Delete the key, or set `{PATH}.mode`.",
            )


def _given(identity: IdentitySettings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys that are set, each with the modes that it is for."""
    keys = {
        "trust_anchors": (f"{PATH}.trustAnchors", ("generated", "cert-manager")),
        "trust_anchors_pem": (_ANCHORS, ("provided",)),
        "cert_manager": (f"{PATH}.certManager", ("cert-manager",)),
    }
    issuer = {
        "generation": (f"{PATH}.issuer.generation", ("generated",)),
        "certificate_pem": (_CERTIFICATE, ("provided",)),
        "key_pem": (_KEY, ("provided",)),
    }
    yield from (key for field, key in keys.items() if field in identity.model_fields_set)
    yield from (key for field, key in issuer.items() if field in identity.issuer.model_fields_set)


def first_generation_has_no_steps(stack: StackContext) -> Iterator[Finding]:
    """A rotation of trust anchors needs a predecessor."""
    identity = stack.settings.linkerd.identity
    anchors = identity.trust_anchors
    if identity.mode != "provided" and anchors.generation == 1 and anchors.step != "remove":
        yield Finding(
            path=f"{PATH}.trustAnchors",
            found=f'the step "{anchors.step}" with generation 1',
            allowed='generation 2 or later with the steps "add" and "issue"',
            fix="Set `generation` to the number of the new trust anchor: the current one plus 1.",
        )


def provided_pems_are_readable(stack: StackContext) -> Iterator[Finding]:
    """The mode ``provided`` has trust anchors, an issuer's certificate and its key."""
    for path, pem in _pems(stack).items():
        if pem is None:
            secret = " --secret" if path == _KEY else ""
            yield Finding(
                path=path,
                found="nothing",
                allowed='a PEM text, which the mode "provided" needs',
                fix=f"Set it: `pulumi config set{secret} --path {path} < file.pem`.",
            )
            continue
        read = certificates.read_key if path == _KEY else certificates.read_chain
        try:
            read(pem)
        except UnusableError as error:
            yield error.finding.under(path)


def provided_certificates_are_fit(stack: StackContext) -> Iterator[Finding]:
    """Each certificate is what Linkerd asks of it, and a trust anchor has signed the issuer."""
    anchors, chain, now = _chain(stack, _ANCHORS), _chain(stack, _CERTIFICATE), stack.now
    for anchor in anchors:
        yield from (f.under(_ANCHORS) for f in certificates.anchor_findings(anchor, now))
    for issuer in chain[:1]:
        yield from (f.under(_CERTIFICATE) for f in certificates.issuer_findings(issuer, now))
    for intermediate in chain[1:]:
        yield from (f.under(_CERTIFICATE) for f in certificates.anchor_findings(intermediate, now))
    if anchors and chain and certificates.anchor_of(chain, anchors) is None:
        yield Finding(
            path=_CERTIFICATE,
            found=f"{certificates.describe(chain[0])}, which no trust anchor has signed",
            allowed=f"an issuer signed by {one_of(map(certificates.describe, anchors))}",
            fix=f"Sign the issuer with one of them, or add its anchor to `{_ANCHORS}`.",
        )


def provided_key_is_the_issuers(stack: StackContext) -> Iterator[Finding]:
    """The private key belongs to the issuer's certificate."""
    for issuer in _chain(stack, _CERTIFICATE)[:1]:
        with suppress(UnusableError):
            key = certificates.read_key(_pems(stack).get(_KEY) or "")
            yield from (f.under(_KEY) for f in certificates.key_findings(issuer, key))


def change_at_once_cuts_proxies_off(stack: StackContext) -> Iterator[str]:
    """A warning while `rotation: at-once` is set."""
    if stack.settings.linkerd.identity.rotation == "at-once":
        yield (
            f'{PATH}.rotation: "at-once" cuts every proxy off until it restarts, if one run '
            "changes trust anchors and issuer. Delete the key once the mesh has recovered."
        )


def certificates_end_soon(stack: StackContext) -> Iterator[str]:
    """A warning for each provided certificate that ends within 30 days."""
    for path in (_ANCHORS, _CERTIFICATE):
        for certificate in _chain(stack, path):
            if certificates.ends_soon(certificate, stack.now):
                yield (
                    f"{path}: {certificates.describe(certificate)} ends at "
                    f"{certificates.end(certificate)}. Replace it: "
                    "docs/runbooks/certificates.md has the steps."
                )


def _pems(stack: StackContext) -> Mapping[str, str | None]:
    """The three PEM texts of the mode ``provided``, by path; none in another mode."""
    identity = stack.settings.linkerd.identity
    if identity.mode != "provided":
        return {}
    key = identity.issuer.key_pem
    return {
        _ANCHORS: identity.trust_anchors_pem,
        _CERTIFICATE: identity.issuer.certificate_pem,
        _KEY: key.get_secret_value() if key else None,
    }


def _chain(stack: StackContext, path: str) -> Chain:
    """The certificates of a PEM text; none where it is missing or unreadable."""
    with suppress(UnusableError):
        return certificates.read_chain(_pems(stack).get(path) or "")
    return ()
