"""How certificates may change from one run to the next: add an anchor, use it, drop the old one.

A proxy has the trust anchors of the moment when its pod was made. So no issuer may be signed by an
anchor that is new in the same run, and no anchor may go while its issuer is in use. Both hold if
no run changes trust anchors and issuer together. What is deployed is read from
annotations on the control plane's pods, which Helm writes with the certificates themselves.

Source: https://linkerd.io/2-edge/tasks/manually-rotating-control-plane-tls-credentials/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.config.rules.identity import PATH
from components.config.stack.identity import IdentitySettings
from components.findings import Finding
from components.linkerd import certificates

PREFIX = "identity.linkerd-platform.dev"
TRUST_ANCHORS = f"{PREFIX}/trust-anchors"
ISSUING_ANCHOR = f"{PREFIX}/issuing-anchor"
ISSUER = f"{PREFIX}/issuer"
WEBHOOKS = f"{PREFIX}/webhook-generation"
RUNBOOK = "docs/runbooks/certificates.md"
_SHOWN_PODS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The names of a mesh's certificates: equal names mean equal keys.

    Generated certificates are named by their numbers, provided ones by their fingerprints.
    """

    trust_anchors: tuple[str, ...]
    issuing_anchor: str
    issuer: str

    def annotations(self) -> dict[str, str]:
        """The marks as annotations of a pod."""
        return {
            TRUST_ANCHORS: ",".join(self.trust_anchors),
            ISSUING_ANCHOR: self.issuing_anchor,
            ISSUER: self.issuer,
        }


def read(annotations: Mapping[str, str]) -> Marks | None:
    """The marks of a deployed control plane; ``None`` where this program has set none."""
    try:
        return Marks(
            trust_anchors=tuple(annotations[TRUST_ANCHORS].split(",")),
            issuing_anchor=annotations[ISSUING_ANCHOR],
            issuer=annotations[ISSUER],
        )
    except KeyError:
        return None


def wanted(identity: IdentitySettings) -> Marks:
    """The marks of what the settings ask for; the settings must be valid."""
    if identity.mode == "provided":
        return _provided(identity)
    anchors = identity.trust_anchors
    issuing = f"{identity.mode}-{anchors.issuing}"
    number = f"-{identity.issuer.generation}" if identity.mode == "generated" else ""
    return Marks(
        trust_anchors=tuple(f"{identity.mode}-{number}" for number in anchors.bundle),
        issuing_anchor=issuing,
        issuer=f"{issuing}{number}",
    )


def _provided(identity: IdentitySettings) -> Marks:
    anchors = certificates.read_chain(identity.trust_anchors_pem or "")
    chain = certificates.read_chain(identity.issuer.certificate_pem or "")
    issuing = certificates.anchor_of(chain, anchors)
    names = {certificates.fingerprint(anchor) for anchor in anchors}
    return Marks(
        trust_anchors=tuple(f"provided-{name}" for name in sorted(names)),
        issuing_anchor=f"provided-{certificates.fingerprint(issuing)}" if issuing else "none",
        issuer=f"provided-{certificates.fingerprint(chain[0])}",
    )


def is_jump(deployed: Marks, new: Marks) -> bool:
    """Whether a run would change trust anchors and issuer together."""
    return set(deployed.trust_anchors) != set(new.trust_anchors) and deployed.issuer != new.issuer


def jump(identity: IdentitySettings, deployed: Marks, new: Marks) -> Finding:
    """The finding of a run that would change trust anchors and issuer together."""
    return Finding(
        path=PATH,
        found=f"trust anchors and issuer changed together: {_words(deployed)} is deployed, "
        f"{_words(new)} is wanted",
        allowed="a change of the trust anchors or of the issuer in one run",
        fix=f"{_next_step(identity, deployed, new)} {RUNBOOK} has every step.",
    )


def not_ready(new: Marks, pods: Sequence[str]) -> Finding:
    """The finding of an issuer by a new anchor while ``pods`` run that do not trust it yet."""
    more = f" and {len(pods) - _SHOWN_PODS} more" if len(pods) > _SHOWN_PODS else ""
    return Finding(
        path=PATH,
        found=f"an issuer by {new.issuing_anchor}, which pods do not trust that started before it "
        f"was added: {', '.join(pods[:_SHOWN_PODS])}{more}",
        allowed="an issuer that every running proxy trusts",
        fix="Restart their workloads first: `kubectl rollout restart deployment,statefulset "
        "--namespace <namespace>`.",
    )


def _words(marks: Marks) -> str:
    return f"[{', '.join(marks.trust_anchors)}] with issuer {marks.issuer}"


def _next_step(identity: IdentitySettings, deployed: Marks, new: Marks) -> str:
    if identity.mode == "provided":
        return _next_provided(deployed, new)
    anchors = f"{PATH}.trustAnchors"
    if not deployed.issuer.startswith(f"{identity.mode}-"):
        return f'A change of `{PATH}.mode` makes a new identity: see "Change the mode".'
    if new.issuing_anchor not in deployed.trust_anchors:
        return (
            f'Set `{anchors}.step` to "add" with a `generation` of one more than now, and run; '
            'then "issue"; then "remove".'
        )
    if new.issuing_anchor != deployed.issuing_anchor:
        return f'Set `{anchors}.step` to "issue", and run; then "remove".'
    return f"Change `{anchors}` in one run and `{PATH}.issuer.generation` in another."


def _next_provided(deployed: Marks, new: Marks) -> str:
    if not deployed.issuer.startswith("provided-"):
        return f'A change of `{PATH}.mode` makes a new identity: see "Change the mode".'
    if new.issuing_anchor not in deployed.trust_anchors:
        return (
            f"Add the new anchor to `{PATH}.trustAnchorsPem` beside the old one, and leave the "
            "issuer as it is; run; then change the issuer; then drop the old anchor."
        )
    return (
        f"Leave `{PATH}.trustAnchorsPem` as it is deployed while you change the issuer; run; "
        "then change the anchors."
    )
