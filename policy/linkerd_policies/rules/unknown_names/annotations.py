"""Unknown annotations: Linkerd ignores one whose name it does not know."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import KubeObject, demand, keys
from linkerd_policies.framework.wording import nearest
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.known_annotations import KNOWN
from linkerd_policies.reading.messages import annotation, suggestion
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.rules import groups

_INJECT_PREFIX, _, _INJECT = linkerd.INJECT.partition("/")
_DOMAIN = ".linkerd.io"
_HEADS = [prefix.removesuffix(_DOMAIN) for prefix in KNOWN]
_LIKE_INJECT = 0.75
"""How alike to `inject` a name is that must be a slip of it. Others, such as `created-by`, are
written by Linkerd's own tools."""


def check_annotations(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """Every annotation with a prefix of Linkerd's is one that Linkerd reads."""
    holder = (*POD_TEMPLATES.get(obj.group_kind, ()), "metadata")
    for key in keys(demand(obj.props, *holder, "annotations")):
        problem = _problem(key)
        if problem is not None:
            yield (
                f"Correct {annotation(key, '.'.join(holder))} of {obj}: Linkerd has no such "
                f"annotation and ignores it; {problem}"
            )


def _problem(key: str) -> str | None:
    prefix, _, name = key.partition("/")
    if prefix in KNOWN:
        return None if name in KNOWN[prefix] else suggestion(name, KNOWN[prefix]) + "."
    if prefix == _INJECT_PREFIX and name != _INJECT:
        meant = nearest(name, [_INJECT], _LIKE_INJECT)
        return f"did you mean {linkerd.INJECT}?" if meant else None
    meant = nearest(prefix.removesuffix(_DOMAIN), _HEADS) if prefix.endswith(_DOMAIN) else None
    return f"did you mean the prefix {meant}{_DOMAIN}?" if meant else None


_WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  template:
    metadata: {{annotations: {{{key}: 20m}}}}
"""

UNKNOWN_ANNOTATIONS = ResourceRule(
    name="linkerd-unknown-annotations",
    display_name="Linkerd's annotations are spelt right",
    group=groups.UNKNOWN_NAMES.name,
    severity=Severity.HIGH,
    tags=groups.UNKNOWN_NAMES.tags,
    description="Annotations with a prefix of Linkerd's are ones that a release of Linkerd reads.",
    why=(
        "A misspelt annotation stays and has no effect: the pod runs without the proxy, or the "
        "requests without a timeout. Names that are newer than Linkerd 2.20 are refused as well, "
        "until the pack knows them. Set the rule to advisory until then."
    ),
    remediation="Correct the name; the message gives the nearest one.",
    source="https://linkerd.io/2-edge/reference/proxy-configuration/",
    kinds=frozenset({linkerd.NAMESPACE, linkerd.SERVICE, *linkerd.ROUTES, *POD_TEMPLATES}),
    check=check_annotations,
    bad=_WORKLOAD.format(key="config.linkerd.io/proxy-cpu-requests"),
    good=_WORKLOAD.format(key="config.linkerd.io/proxy-cpu-request"),
)

RULES = (UNKNOWN_ANNOTATIONS,)
