"""Names that several concerns must agree on."""

from __future__ import annotations

import re

CLUSTER_DOMAIN = "cluster.local"

LOAD_GENERATOR = "load-generator"
"""The load generator's workload, whose name no service may have."""

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
