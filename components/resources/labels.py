"""Labels and selectors, as pure functions that tests can check without a cluster.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
"""

from __future__ import annotations

from collections.abc import Sequence

from components.resources.specs.policy import LabelExpression

PART_OF = "linkerd-platform"
NAME = "app.kubernetes.io/name"
ROTATION = "rotation.linkerd-platform.dev"


def selector(service: str, version: str | None = None) -> dict[str, str]:
    """The labels that select a service's pods: one version's, or those of all versions."""
    labels = {NAME: service}
    return labels if version is None else {**labels, "version": version}


def selector_of_any(services: Sequence[str]) -> LabelExpression:
    """The expression that selects the pods of several services."""
    return {"key": NAME, "operator": "In", "values": list(services)}


def labels(service: str, version: str | None = None) -> dict[str, str]:
    """The labels of an object that belongs to a service, or to one version of it."""
    common = {
        **selector(service, version),
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "pulumi",
    }
    return common if version is None else {**common, "app.kubernetes.io/version": version}


def rotation(secret: str) -> str:
    """The pod annotation that changes with a Secret, so that a new value rolls the pods."""
    return f"{ROTATION}/{secret}"
