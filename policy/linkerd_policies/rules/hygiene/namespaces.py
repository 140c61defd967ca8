"""Hygiene: the namespaces of the mesh itself."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, demand, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.rules import groups

_EXTENSIONS = {
    "linkerd-jaeger": "jaeger",
    "linkerd-multicluster": "multicluster",
    "linkerd-viz": "viz",
}
_LABELS = {
    "linkerd": {"linkerd.io/is-control-plane": "true", linkerd.ADMISSION_WEBHOOKS: "disabled"},
    **{name: {"linkerd.io/extension": short} for name, short in _EXTENSIONS.items()},
}


def check_labels(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """A namespace of Linkerd's has the labels that Linkerd's own tools would give it."""
    # An unknown name raises: it cannot be known whether the namespace is one of Linkerd's.
    expected = _LABELS.get(str(demand(obj.props, "metadata", "name") or obj.resource_name), {})
    for label, needed in expected.items():
        value, path = peek(obj.props, "metadata", "labels", label), f'metadata.labels["{label}"]'
        if value is UNKNOWN:
            yield must_be_plain(obj, path)
        elif value != needed and not (obj.patch and value is None):
            yield f'Set {path} of {obj} to "{needed}": Linkerd finds its own namespaces by it.'


MESH_NAMESPACES_LABELLED = ResourceRule(
    name="linkerd-mesh-namespace-labels",
    display_name="The mesh's namespaces are labelled",
    group=groups.HYGIENE.name,
    severity=Severity.MEDIUM,
    tags=groups.HYGIENE.tags,
    description="The namespaces of Linkerd and its extensions have the labels that `linkerd "
    "install` gives them.",
    why=(
        "Helm does not label namespaces. Without `is-control-plane`, the identity controller "
        "gets no trust bundle. Without `admission-webhooks: disabled`, the injector must be up "
        "before its own pods can start. Without `extension`, `linkerd check` ignores the "
        "extension."
    ),
    remediation="Set the labels on the Namespace.",
    source="https://linkerd.io/2-edge/tasks/install-helm/",
    kinds=frozenset({linkerd.NAMESPACE}),
    check=check_labels,
    bad="""\
apiVersion: v1
kind: Namespace
metadata: {name: linkerd}
""",
    good=f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: linkerd
  labels:
    linkerd.io/is-control-plane: "true"
    {linkerd.ADMISSION_WEBHOOKS}: disabled
""",
)

RULES = (MESH_NAMESPACES_LABELLED,)
