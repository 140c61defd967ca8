"""Violations of the pack that no configuration can make: transforms in a checkout's program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.cluster.checkout import Project

_TRANSFORM = """\
import pulumi


def _violate(args):
    if (args.type_, args.name) == ({type!r}, {name!r}):
        *keys, last = {path!r}
        target = args.props
        for key in keys:
            target = target[key]
        del target[last]
        if {value!r} is not None:
            target[last] = {value!r}
    return pulumi.ResourceTransformResult(props=args.props, opts=args.opts)


pulumi.runtime.register_resource_transform(_violate)

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One value of one resource's inputs; the key is removed where the value is ``None``."""

    type: str
    name: str
    path: tuple[str, ...]
    value: str | None
    rule: str


OPEN_NAMESPACE = Violation(
    type="kubernetes:core/v1:Namespace",
    name="microservices",
    path=("metadata", "annotations", "config.linkerd.io/default-inbound-policy"),
    value="all-unauthenticated",
    rule="linkerd-namespace-strict-mtls",
)
NO_RETRY_BUDGET = Violation(
    type="kubernetes:linkerd.io/v1alpha2:ServiceProfile",
    name="user-service",
    path=("spec", "retryBudget"),
    value=None,
    rule="linkerd-service-profile-retry-budget",
)
# What the gates in the cluster refuse, too, ends a preview before its verdict. They let this pass.
OPEN_CONTROL_PLANE = Violation(
    type="kubernetes:helm.sh/v3:Release",
    name="linkerd-control-plane",
    path=("values", "proxy", "defaultInboundPolicy"),
    value="all-unauthenticated",
    rule="linkerd-control-plane-strict-mtls",
)


@contextmanager
def violated(project: Project, violation: Violation) -> Iterator[None]:
    """Let the checkout's program break a rule until the block ends."""
    file = project.root / "__main__.py"
    before = file.read_text()
    transform = _TRANSFORM.format(
        type=violation.type, name=violation.name, path=violation.path, value=violation.value
    )
    file.write_text(transform + before)
    try:
        yield
    finally:
        file.write_text(before)
