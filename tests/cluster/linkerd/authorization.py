"""Whether the objects in a cluster let a client reach a port of a pod.

Written from Linkerd's reference (https://linkerd.io/2-edge/reference/authorization-policy/ and
https://linkerd.io/2-edge/features/server-policy/), and knows nothing of the program. Another kind
of object that may refuse a connection, such as a NetworkPolicy, is one more :class:`Layer`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Manifest = Mapping[str, Any]
PROXY = "linkerd-proxy"
DEFAULT_POLICY = "config.linkerd.io/default-inbound-policy"
SKIPPED = "config.linkerd.io/skip-inbound-ports"
CLUSTER_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
"""The chart's own ``clusterNetworks``."""

_UNAUTHENTICATED = {"all-unauthenticated", "cluster-unauthenticated", "audit"}


def identity(account: str, namespace: str) -> str:
    """The name in the certificate of a workload with this ServiceAccount."""
    return f"{account}.{namespace}.serviceaccount.identity.linkerd.cluster.local"


@dataclass(frozen=True)
class Client:
    """Who dials: an identity of the mesh, if it has one, and an address."""

    address: str
    identity: str | None = None


@dataclass(frozen=True)
class Request:
    """What a client of an HTTP port asks for."""

    method: str = "GET"
    path: str = "/"


class Layer(Protocol):
    """One kind of rules; a client comes through where every layer lets it."""

    def allows(self, client: Client, pod: Manifest, port: int, request: Request) -> bool: ...


def allowed(
    layers: Iterable[Layer], client: Client, pod: Manifest, port: int, request: Request
) -> bool:
    """Whether the client gets an answer of the pod's own."""
    return all(layer.allows(client, pod, port, request) for layer in layers)


@dataclass(frozen=True)
class LinkerdPolicy:
    """Linkerd's inbound policy, as the pod's proxy carries it out."""

    objects: Sequence[Manifest] = field(repr=False)

    def allows(self, client: Client, pod: Manifest, port: int, request: Request) -> bool:
        annotations = pod["metadata"].get("annotations") or {}
        skipped = annotations.get(SKIPPED, "").split(",")
        if PROXY not in [c["name"] for c in _containers(pod)] or str(port) in skipped:
            return True
        server = self._server(pod, port)
        if server is None:
            return _default(annotations[DEFAULT_POLICY], client) or _probed(pod, port, request)
        served = self._authorized("Server", server, client) or _access_policy(server, client)
        if server["spec"].get("proxyProtocol") in ("opaque", "TLS"):
            return served
        routes = self._routes(server)
        if not routes:
            return served or _probed(pod, port, request)
        route = _best(routes, request)
        return route is not None and (served or self._authorized("HTTPRoute", route, client))

    def _of(self, kind: str, namespace: str) -> Iterator[Manifest]:
        for each in self.objects:
            if each["kind"] == kind and each["metadata"]["namespace"] == namespace:
                yield each

    def _server(self, pod: Manifest, port: int) -> Manifest | None:
        """The one Server of the port; of two, Linkerd would take either."""
        found = [
            server
            for server in self._of("Server", pod["metadata"]["namespace"])
            if port in _numbers(pod, server["spec"]["port"])
            and _selects(server["spec"]["podSelector"], pod["metadata"].get("labels") or {})
        ]
        assert len(found) < 2, [server["metadata"]["name"] for server in found]
        return found[0] if found else None

    def _routes(self, server: Manifest) -> list[Manifest]:
        name = server["metadata"]["name"]
        return [
            route
            for route in self._of("HTTPRoute", server["metadata"]["namespace"])
            if any(p["kind"] == "Server" and p["name"] == name for p in _parents(route))
        ]

    def _authorized(self, kind: str, target: Manifest, client: Client) -> bool:
        namespace = target["metadata"]["namespace"]
        whole = kind == "Server"
        for policy in self._of("AuthorizationPolicy", namespace):
            aim = policy["spec"]["targetRef"]
            hit = (aim["kind"], aim["name"]) == (kind, target["metadata"]["name"])
            if hit and kind == "HTTPRoute":
                hit = aim["group"] == target["apiVersion"].partition("/")[0]
            if not hit and not (whole and aim["kind"] == "Namespace"):
                continue
            refs = policy["spec"]["requiredAuthenticationRefs"]
            if all(self._authenticates(ref, namespace, client) for ref in refs):
                return True
        return False

    def _authenticates(self, ref: Manifest, namespace: str, client: Client) -> bool:
        where = ref.get("namespace", namespace)
        if ref["kind"] == "ServiceAccount":
            return client.identity == identity(ref["name"], where)
        for each in self._of(ref["kind"], where):
            if each["metadata"]["name"] != ref["name"]:
                continue
            if ref["kind"] == "NetworkAuthentication":
                return any(_in_network(client, entry) for entry in each["spec"]["networks"])
            return _is_named(client, each["spec"], where)
        return False  # Linkerd ignores a policy whose authentication is missing


def _containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]


def _numbers(pod: Manifest, port: int | str) -> set[int]:
    if not isinstance(port, str):
        return {int(port)}
    declared = [p for c in _containers(pod) for p in c.get("ports") or ()]
    return {p["containerPort"] for p in declared if p.get("name") == port}


def _selects(selector: Manifest, labels: Mapping[str, str]) -> bool:
    exact = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or ()
    return exact.items() <= labels.items() and all(_fits(e, labels) for e in expressions)


def _fits(expression: Manifest, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or ()
    return {
        "Exists": value is not None,
        "DoesNotExist": value is None,
        "In": value in values,
        "NotIn": value not in values,
    }[expression["operator"]]


def _default(policy: str, client: Client) -> bool:
    """The default policy, which says both where clients may be and whether they need identity."""
    if policy == "deny":
        return False
    if policy.startswith("cluster-") and not _inside(client.address, CLUSTER_NETWORKS):
        return False
    assert policy in {*_UNAUTHENTICATED, "all-authenticated", "cluster-authenticated"}, policy
    return policy in _UNAUTHENTICATED or client.identity is not None


def _access_policy(server: Manifest, client: Client) -> bool:
    return _default(server["spec"].get("accessPolicy", "deny"), client)


def _probed(pod: Manifest, port: int, request: Request) -> bool:
    """Whether it is a GET of exactly a path that the kubelet asks for, which Linkerd lets pass."""
    for container in _containers(pod):
        for key in ("livenessProbe", "readinessProbe", "startupProbe"):
            asked = (container.get(key) or {}).get("httpGet")
            if asked is None or request.method != "GET":
                continue
            if request.path == asked.get("path", "/") and port in _numbers(pod, asked["port"]):
                return True
    return False


def _inside(address: str, networks: Iterable[str]) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(n) for n in networks)


def _in_network(client: Client, entry: Manifest) -> bool:
    return _inside(client.address, [entry["cidr"]]) and not _inside(
        client.address, entry.get("except") or ()
    )


def _is_named(client: Client, spec: Manifest, namespace: str) -> bool:
    if client.identity is None:
        return False
    if any(_matches_name(name, client.identity) for name in spec.get("identities") or ()):
        return True
    for ref in spec.get("identityRefs") or ():
        where = ref.get("namespace", namespace)
        if ref["kind"] == "ServiceAccount" and client.identity == identity(ref["name"], where):
            return True
        if ref["kind"] == "Namespace" and client.identity.endswith(identity("", ref["name"])):
            return True
    return False


def _matches_name(pattern: str, name: str) -> bool:
    """``*`` and ``*.suffix`` stand for every name, and for those with that end."""
    return name.endswith(pattern[1:]) if pattern.startswith("*") else name == pattern


def _parents(route: Manifest) -> Sequence[Manifest]:
    found: Sequence[Manifest] = route["spec"].get("parentRefs") or ()
    return found


def _best(routes: Sequence[Manifest], request: Request) -> Manifest | None:
    """The route with the longest match of the path; a match of the method counts next."""
    matched = [
        (found, route)
        for route in routes
        if (found := max(_matched(route, request), default=None)) is not None
    ]
    return max(matched, key=lambda pair: pair[0])[1] if matched else None


def _matched(route: Manifest, request: Request) -> Iterator[tuple[int, bool]]:
    for rule in route["spec"]["rules"]:
        for match in rule.get("matches") or [{}]:
            assert match.keys() <= {"path", "method"}, match
            length = _matched_path(match.get("path") or {}, request.path)
            if length is not None and match.get("method") in (None, request.method):
                yield length, "method" in match


def _matched_path(match: Manifest, path: str) -> int | None:
    kind, value = match.get("type", "PathPrefix"), match.get("value", "/")
    if kind == "Exact":
        return len(value) if path == value else None
    if kind == "RegularExpression":
        return len(path) if re.fullmatch(value, path) else None
    assert kind == "PathPrefix", kind
    prefix = value.rstrip("/")
    return len(prefix) or 1 if path == prefix or path.startswith(f"{prefix}/") else None
