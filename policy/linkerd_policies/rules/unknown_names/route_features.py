"""What Gateway API routes may ask of other implementations, and Linkerd does not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.references import route_parents
from linkerd_policies.rules import groups

_DONE = ("RequestHeaderModifier", "RequestRedirect", "ResponseHeaderModifier")
_NOT_DONE = frozenset({"CORS", "ExtensionRef", "ExternalAuth", "RequestMirror", "URLRewrite"})
_WITHOUT_EFFECT = {
    "retry": "annotate the route with retry.linkerd.io/http and the other retry annotations",
    "sessionPersistence": "Linkerd balances each request by itself",
}


def check_route_features(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """A route of a Service asks for nothing that Linkerd does not do."""
    parents = len(list(route_parents(obj)))
    if not parents:
        return
    only = parents == len(list(elements(peek(obj.props, "spec", "parentRefs"))))
    for index, rule in enumerate(elements(peek(obj.props, "spec", "rules"))):
        path = f"spec.rules[{index}]"
        effect = "Linkerd ignores the whole route, so that none of it holds"
        yield from _filter_violations(obj, rule, path, effect)
        for number, backend in enumerate(elements(peek(rule, "backendRefs"))):
            effect = "Linkerd answers what goes to this backend with errors"
            yield from _filter_violations(obj, backend, f"{path}.backendRefs[{number}]", effect)
        for key, instead in _WITHOUT_EFFECT.items():
            # Where a Gateway is a parent as well, the field is for that.
            if only and peek(rule, key) is not None:
                yield f"Remove {path}.{key} from {obj}: Linkerd does not read it; {instead}."


def _filter_violations(obj: KubeObject, holder: Any, above: str, effect: str) -> Iterator[str]:
    found = peek(holder, "filters")
    if found is UNKNOWN and holder is not UNKNOWN:
        yield must_be_plain(obj, f"{above}.filters")
    for index, one in enumerate(elements(found)):
        path, kind = f"{above}.filters[{index}]", peek(one, "type")
        if kind is UNKNOWN:
            yield must_be_plain(obj, f"{path}.type")
        elif kind not in _DONE:
            name = f" ({kind})" if kind in _NOT_DONE else ""
            yield (
                f"Remove {path}{name} from {obj}: Linkerd has only the filters "
                f"{', '.join(_DONE)}, and with another one {effect}."
            )


_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, port: 80}]
  rules:
    - filters:
"""

ROUTE_FEATURES = ResourceRule(
    name="linkerd-route-features",
    display_name="Routes ask for what Linkerd does",
    group=groups.UNKNOWN_NAMES.name,
    severity=Severity.HIGH,
    tags=groups.UNKNOWN_NAMES.tags,
    description="No Gateway API route of a Service has a filter, `retry` or `sessionPersistence` "
    "that Linkerd does not know.",
    why=(
        "The Gateway API is for many implementations, and its CRDs accept what only some of them "
        "do. Linkerd drops a route with a filter such as CORS or URLRewrite as a whole, and does "
        "not read `retry` and `sessionPersistence`; the route is accepted nevertheless. Routes "
        "whose parent is a Gateway are not checked."
    ),
    remediation="Remove it; for retries use the retry.linkerd.io annotations.",
    source="https://linkerd.io/2-edge/reference/httproute/",
    kinds=frozenset(
        {("gateway.networking.k8s.io", "HTTPRoute"), ("gateway.networking.k8s.io", "GRPCRoute")}
    ),
    check=check_route_features,
    bad=_ROUTE + "        - {type: CORS, cors: {allowOrigins: ['https://shop.example']}}\n",
    good=_ROUTE
    + """\
        - type: RequestHeaderModifier
          requestHeaderModifier: {set: [{name: x-shop, value: cart}]}
""",
)

RULES = (ROUTE_FEATURES,)
