"""The groups in which the rules are documented: a name, and the tags of most of its rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """One group: ``name`` is its heading in the documentation."""

    name: str
    tags: tuple[str, ...]


STRICT_MTLS = Group("Strict mTLS", ("linkerd", "mtls", "security"))
RETRY_LIMITS = Group("Retry limits", ("linkerd", "retries", "reliability"))
CLASHES = Group("Clashes", ("linkerd", "traffic", "reliability"))
CANARIES = Group("Canaries", ("linkerd", "canary", "traffic"))
CIRCUIT_BREAKERS = Group("Circuit breakers", ("linkerd", "circuit-breaker", "reliability"))
UNKNOWN_NAMES = Group("Names that do not exist", ("linkerd", "typo", "reliability"))
WIRING = Group("Wiring", ("linkerd", "wiring", "reliability"))
EXPOSURE = Group("Exposure", ("linkerd", "exposure", "security"))
WORKLOADS = Group("Workloads", ("linkerd", "workloads", "security"))
CERTIFICATES = Group("Certificates", ("linkerd", "identity", "security"))
HYGIENE = Group("Hygiene", ("linkerd", "mesh", "reliability"))
