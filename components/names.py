"""Names that several concerns must agree on."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection

CLUSTER_DOMAIN = "cluster.local"

LOAD_GENERATOR = "load-generator"
"""The load generator's workload, whose name no service may have."""

PROXY_ADMIN = "proxy-admin"
"""The objects that close the proxies' admin port."""

EGRESS = "externals"
"""The EgressNetwork of the services' namespace."""

_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def is_dns_label(text: str) -> bool:
    """Whether the text can name a Service: an RFC 1035 label of at most 63 characters.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
    """
    return len(text) <= 63 and bool(_LABEL.fullmatch(text))


def fqdn(service: str, namespace: str, domain: str = CLUSTER_DOMAIN) -> str:
    """The Service's name in full, which is also its ServiceProfile's name."""
    return f"{service}.{namespace}.svc.{domain}"


def leaf(service: str, version: str) -> str:
    """The Service that selects one version's pods: ``user-service-v2``."""
    return f"{service}-{version}"


def url_variable(callee: str) -> str:
    """The variable that holds a callee's URL: ``auth-service`` → ``AUTH_SERVICE_URL``."""
    stem = callee.removesuffix("-service").upper().replace("-", "_")
    return f"{stem}_SERVICE_URL"


def credentials(store: str) -> str:
    """The name of the Secret that holds a store's password and URL."""
    return f"{store}-credentials"


def backup(store: str) -> str:
    """The name of a store's backup, and of its ServiceAccount."""
    return f"{store}-backup"


def endpoint(callee: str) -> str:
    """The name of the Secret that holds the URL of what runs elsewhere."""
    return f"{callee}-endpoint"


def files(service: str) -> str:
    """The name of the ConfigMap with a service's files."""
    return f"{service}-files"


def governing(service: str) -> str:
    """The headless Service of a StatefulSet, which gives each pod a name of its own."""
    return f"{service}-pods"


def extra_ports(gateway: str) -> str:
    """The Service of a gateway's ``ports``, where a load balancer has the main port only."""
    return f"{gateway}-ports"


def callers(workload: str) -> str:
    """The NetworkPolicy of those who may call a workload."""
    return f"{workload}-callers"


def calls(workload: str) -> str:
    """The NetworkPolicy of what a workload may call."""
    return f"{workload}-calls"


def operator(store: str) -> str:
    """The NetworkPolicy of a store's operator."""
    return f"{store}-operator"


def operated(store: str) -> tuple[str, str, str]:
    """The Services that CloudNativePG makes for a store: for writing, for reading, for any pod.

    Source: https://cloudnative-pg.io/docs/ (service management)
    """
    return f"{store}-rw", f"{store}-ro", f"{store}-r"


def canary(service: str) -> str:
    """The Service that Flagger makes for a service's new version."""
    return f"{service}-canary"


def metric(service: str, word: str) -> str:
    """The MetricTemplate of a service's metric."""
    return f"{service}-{word}"


def split(service: str) -> str:
    """The TrafficSplit of a service's canary."""
    return f"{service}-split"


def default_route(service: str) -> str:
    """The HTTPRoute or GRPCRoute for the requests that no other route matches."""
    return f"{service}-default"


def http_route(service: str, route: str) -> str:
    """The HTTPRoute or GRPCRoute of a route: its name follows from the route's own."""
    return slug(service, route)


def egress_route(external: str) -> str:
    """The route by which requests leave the cluster."""
    return slug("egress", external)


def server(service: str, part: str) -> str:
    """The Server of an extra port, or another part of a service's Server.

    No service's name contains a dot.
    """
    return f"{service}.{part}"


def probes(server_name: str) -> str:
    """The HTTPRoute of a Server for the kubelet's probes, and its authorization."""
    return server(server_name, "probes")


def clients(server_name: str) -> str:
    """The authorization of a Server's clients from outside of the mesh."""
    return server(server_name, "clients")


def distinct(texts: Collection[str]) -> dict[str, str]:
    """A slug for each text, and never one for two: where slugs are equal, a hash is added.

    No slug has two hyphens in a row, so a hash makes a name that no slug can be.
    """
    plain = {text: slug(text) for text in texts}
    count = Counter(plain.values())
    return {
        text: word if word and count[word] == 1 else _hashed(word, text)
        for text, word in plain.items()
    }


def _hashed(word: str, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{word[:49].rstrip('-')}--{digest}"


def slug(*words: str) -> str:
    """The words as one DNS label, 63 characters at most: ``POST /api/a`` → ``post-api-a``."""
    joined = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")
    return joined[:63].rstrip("-")


def workload(service: str, version: str) -> str:
    """The Deployment of one version: the service's own name for ``v1``, else with the version.

    The name never depends on which version is stable, so a promotion replaces no Deployment.
    """
    return service if version == "v1" else leaf(service, version)


def primary(deployment: str) -> str:
    """The copy of a Deployment in which Flagger keeps the stable version.

    Source: https://docs.flagger.app/usage/how-it-works#canary-target
    """
    return f"{deployment}-primary"
