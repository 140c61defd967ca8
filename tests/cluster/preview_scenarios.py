"""Changes of each kind, as edits of a checkout, for previews of what they would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from tests.cluster.checkout import Project, edited
from tests.cluster.violations import OPEN_CONTROL_PLANE, violated

Edit = tuple[str, str, str]

_LINKERD = "gatewayApi: external"
_CANARY = "linkerd-platform:canaries:\n    user-service:\n      weight: 10"

SCENARIOS: Mapping[str, Sequence[Edit]] = {
    "nothing": [],
    "canary": [("Pulumi.local.yaml", "weight: 10", "weight: 25")],
    "replicas": [
        (
            "services.yaml",
            "    replicas: 3\n    probe: {tcp: true}\n",
            "    replicas: 5\n    autoscaling: {max: 9}\n    probe: {tcp: true}\n",
        )
    ],
    "image": [
        (
            "services.yaml",
            "  notification-service:\n    image: buoyantio/bb:v0.0.6\n    replicas: 2",
            "  notification-service:\n    image: buoyantio/bb:v0.0.7\n    replicas: 4",
        )
    ],
    "timeouts": [
        (
            "services.yaml",
            'path: "/api/users/{id}", timeout: 500ms',
            'path: "/api/users/{id}", timeout: 1s',
        ),
        ("services.yaml", "timeout: 12s", "timeout: 20s"),
        ("services.yaml", "maxFailures: 3", "maxFailures: 7"),
    ],
    "certificate": [
        ("Pulumi.local.yaml", _LINKERD, f"{_LINKERD}\n    identity: {{issuer: {{generation: 2}}}}")
    ],
    "password": [
        (
            "Pulumi.local.yaml",
            "  linkerd-platform:dataStores:",
            "  linkerd-platform:stores:\n    user-db: {passwordGeneration: 2}\n"
            "  linkerd-platform:dataStores:",
        ),
        ("Pulumi.local.yaml", "api-key: sk_test_mock", "api-key: sk_test_other"),
    ],
    "access": [
        (
            "Pulumi.local.yaml",
            "  linkerd-platform:dataStores:",
            "  linkerd-platform:gateway: {cidrs: [10.0.0.0/8]}\n  linkerd-platform:dataStores:",
        )
    ],
    "mesh": [("Pulumi.local.yaml", _LINKERD, f"{_LINKERD}\n    highAvailability: true")],
    "deletion": [("Pulumi.local.yaml", _CANARY, "linkerd-platform:canaries: {}")],
    "replacement": [
        ("services.yaml", "database: users,", "database: users, storage: 20Gi,"),
    ],
    "violation": [],  # no edit of a file that users edit breaks a rule
    "mistake": [("Pulumi.local.yaml", "weight: 10", "weight: 110")],
}
"""Edits (file, text, its replacement) by the name of the kind of change."""


@contextmanager
def scenario(project: Project, name: str) -> Iterator[None]:
    """The checkout with the scenario's edits, undone afterwards."""
    with ExitStack() as stack:
        for edit in SCENARIOS[name]:
            stack.enter_context(edited(project, *edit))
        if name == "violation":
            stack.enter_context(violated(project, OPEN_CONTROL_PLANE))
        yield
