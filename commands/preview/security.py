"""Descriptions of access. Every change of who may reach whom is marked for the reviewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.describing import (
    Described,
    Describer,
    Kind,
    field,
    listed,
    main_field,
)
from commands.preview.leaves import Leaf, lookup
from commands.preview.model import Fact, Step
from commands.preview.values import plain

_POD_SECURITY = "metadata labels pod-security.kubernetes.io"


def _list(path: str, added: str, removed: str) -> Describer:
    """A describer of a list in which the order does not matter: networks, identities."""
    keys = tuple(path.split(" "))

    def describer(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
        covers = [leaf for leaf in found if leaf.path[: len(keys)] == keys]
        if not covers:
            return
        old, new = (_entries(side, keys) for side in (step.old, step.new))
        lost = [each for each in old if each not in new]
        gained = [each for each in new if each not in old]
        for label, names in ((added, gained), (removed, lost)):
            if names:
                yield Described(fact=Fact(text=f"{label} {listed(names)}"), covers=covers)
        if not (lost or gained):
            yield Described(fact=Fact(text="the same entries in a different order"), covers=covers)

    return describer


def _entries(side: Mapping[str, object], keys: Sequence[str]) -> list[str]:
    found = lookup(side, *keys)
    return [_entry(each) for each in found] if isinstance(found, list) else []


def _entry(each: object) -> str:
    """A network by its CIDR, a reference by its name, another entry by all of its values."""
    if not isinstance(each, Mapping):
        return plain(each)
    kind, name, cidr = (each.get(key) for key in ("kind", "name", "cidr"))
    shown = [cidr] if cidr else [kind, name] if name else each.values()
    return " ".join(plain(part) for part in shown if part is not None)


_ANY_CHANGE = Kind(describers=[], mark="security")
_NAMESPACE = Kind(
    describers=[
        main_field(
            "metadata annotations config.linkerd.io/default-inbound-policy",
            "inbound policy of its pods",
            mark="security",
        ),
        field("metadata annotations linkerd.io/inject", "proxy injection", mark="security"),
        field(f"{_POD_SECURITY}/enforce", "enforced Pod Security level", mark="security"),
        field(f"{_POD_SECURITY}/warn", "Pod Security level for warnings", mark="security"),
        field(f"{_POD_SECURITY}/audit", "Pod Security level for audits", mark="security"),
    ]
)

KINDS: Mapping[str, Kind] = {
    "Namespace": _NAMESPACE,
    "NamespacePatch": _NAMESPACE,
    "NetworkAuthentication": Kind(
        describers=[_list("spec networks", "allows", "no longer allows")], mark="security"
    ),
    "MeshTLSAuthentication": Kind(
        describers=[
            _list("spec identities", "allows", "no longer allows"),
            _list("spec identityRefs", "allows", "no longer allows"),
        ],
        mark="security",
    ),
    "AuthorizationPolicy": Kind(
        describers=[
            _list("spec requiredAuthenticationRefs", "now requires", "no longer requires"),
            main_field("spec targetRef name", "applies to"),
        ],
        mark="security",
    ),
    "Server": Kind(
        describers=[
            main_field("spec port", "port"),
            field("spec proxyProtocol", "protocol"),
            field("spec accessPolicy", "access policy"),
        ],
        mark="security",
    ),
    "EgressNetwork": Kind(
        describers=[main_field("spec trafficPolicy", "other hosts")], mark="security"
    ),
    "TLSRoute": Kind(
        describers=[_list("spec hostnames", "routes", "no longer routes")], mark="security"
    ),
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
