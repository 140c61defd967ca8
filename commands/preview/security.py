"""How access is told. Every change of who may reach whom is marked for the reviewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.leaves import Leaf, lookup
from commands.preview.model import Step, Told
from commands.preview.telling import Field, Heard, Kind, Teller, at, between, listed, tellers
from commands.preview.values import plain

_POD_SECURITY = "metadata labels pod-security.kubernetes.io"


def _list(path: str, added: str, removed: str) -> Teller:
    """A teller of a list whose entries matter, not their order: networks, identities."""
    keys = tuple(path.split(" "))

    def teller(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
        covers = [leaf for leaf in found if leaf.path[: len(keys)] == keys]
        if not covers:
            return
        old, new = (_entries(side, keys) for side in (step.old, step.new))
        gone = [each for each in old if each not in new]
        come = [each for each in new if each not in old]
        for label, names in ((added, come), (removed, gone)):
            if names:
                yield Heard(told=Told(text=f"{label} {listed(names)}"), covers=covers)
        if not (gone or come):
            yield Heard(told=Told(text="the same entries in another order"), covers=covers)

    return teller


def _entries(side: Mapping[str, object], keys: Sequence[str]) -> list[str]:
    found = lookup(side, *keys)
    return [_entry(each) for each in found] if isinstance(found, list) else []


def _entry(each: object) -> str:
    """A network by its CIDR, a reference by its name, another entry by all of its values."""
    if not isinstance(each, Mapping):
        return plain(each)
    kind, name, cidr = (each.get(key) for key in ("kind", "name", "cidr"))
    told = [cidr] if cidr else [kind, name] if name else each.values()
    return " ".join(plain(value) for value in told if value is not None)


_ANY_CHANGE = Kind(tellers=[], mark="security")
_INBOUND = Field(
    path="metadata annotations config.linkerd.io/default-inbound-policy",
    words=between("inbound policy of its pods"),
    mark="security",
    headline=at("inbound policy of its pods"),
)
_NAMESPACE = {
    "metadata annotations linkerd.io/inject": between("injection of the proxy"),
    f"{_POD_SECURITY}/enforce": between("Pod Security that is enforced"),
    f"{_POD_SECURITY}/warn": between("Pod Security that is warned of"),
    f"{_POD_SECURITY}/audit": between("Pod Security that is logged"),
}

KINDS: Mapping[str, Kind] = {
    "Namespace": Kind(tellers=[_INBOUND, *tellers(_NAMESPACE, mark="security")]),
    "NamespacePatch": Kind(tellers=[_INBOUND, *tellers(_NAMESPACE, mark="security")]),
    "NetworkAuthentication": Kind(
        tellers=[_list("spec networks", "lets in", "no longer lets in")], mark="security"
    ),
    "MeshTLSAuthentication": Kind(
        tellers=[
            _list("spec identities", "lets in", "no longer lets in"),
            _list("spec identityRefs", "lets in", "no longer lets in"),
        ],
        mark="security",
    ),
    "AuthorizationPolicy": Kind(
        tellers=[
            _list("spec requiredAuthenticationRefs", "now asks for", "no longer asks for"),
            Field(path="spec targetRef name", words=between("opens"), headline=at("opens")),
        ],
        mark="security",
    ),
    "Server": Kind(
        tellers=[
            Field(path="spec port", words=between("port"), headline=at("port")),
            Field(path="spec proxyProtocol", words=between("protocol")),
            Field(path="spec accessPolicy", words=between("access policy")),
        ],
        mark="security",
    ),
    "EgressNetwork": Kind(
        tellers=[
            Field(
                path="spec trafficPolicy",
                words=between("other hosts"),
                headline=at("other hosts"),
            )
        ],
        mark="security",
    ),
    "TLSRoute": Kind(tellers=[_list("spec hostnames", "for", "no longer for")], mark="security"),
    **dict.fromkeys(
        (
            "TCPRoute",
            "ServerAuthorization",
            "HTTPLocalRateLimitPolicy",
            "NetworkPolicy",
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
            "ServiceAccount",
            "PodSecurityPolicy",
            "ValidatingWebhookConfiguration",
            "MutatingWebhookConfiguration",
        ),
        _ANY_CHANGE,
    ),
}
