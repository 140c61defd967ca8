"""What the cluster itself refuses: the policy pack's mandatory rules as CEL expressions.

Source: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from components.config.stack.admission import Admission
from components.linkerd.shared import limits, words
from components.linkerd.shared.durations import LINKERD_PATTERN
from components.plan.network import OPERATOR_STATUS

CNPG_CLUSTER = "cnpg.io/cluster"
"""CloudNativePG's label on its pods and on the templates of its Jobs.

Source: cloudnative-pg, pkg/utils/labels_annotations.go and pkg/specs/jobs.go
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Kinds of one API group, by the names of their resources."""

    group: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One ValidatingAdmissionPolicy.

    ``variables`` are CEL by name, in their order. ``validations`` maps a CEL expression that must
    hold to the message for the client if it does not.
    """

    name: str
    resources: tuple[Resources, ...]
    variables: Mapping[str, str]
    validations: Mapping[str, str]


def gates(admission: Admission) -> Sequence[Gate]:
    """Every gate, with the stack's bounds."""
    return (
        _NAMESPACE,
        *_WORKLOADS,
        _SERVER,
        _SERVER_AUTHORIZATION,
        _AUTHORIZATION_POLICY,
        _service_profile(admission),
        _retry_annotations(admission),
    )


def _text(value: str) -> str:
    """A CEL string."""
    return f"'{value}'"


def _list(values: Iterable[str]) -> str:
    """A CEL list of strings."""
    return f"[{', '.join(map(_text, values))}]"


def _map(path: str, field: str) -> str:
    """CEL for a map of strings that may be missing."""
    return f"has({path}.{field}) ? {path}.{field} : {{}}"


def _annotation(key: str) -> str:
    """CEL for an annotation's value, or an empty string."""
    return f"{_text(key)} in variables.annotations ? variables.annotations[{_text(key)}] : ''"


_STRICT = _list(words.STRICT_POLICIES)
_WEBHOOKS = _text(words.ADMISSION_WEBHOOKS)
_BYPASS_MESSAGE = (
    f"Remove the annotations {', '.join(words.BYPASSES)}: the proxy does not see the traffic that "
    "they name, so it has no mTLS."
)


def _no_bypass(allowed: str = "false") -> dict[str, str]:
    """No traffic goes around the proxy, unless the CEL ``allowed`` holds for the annotation ``k``.

    An empty annotation names no traffic.
    """
    expression = (
        f"{_list(words.BYPASSES)}.all(k, !(k in variables.annotations) || "
        f"variables.annotations[k] == '' || {allowed})"
    )
    return {expression: _BYPASS_MESSAGE}


_NAMESPACE = Gate(
    name="namespace-strict-mtls",
    resources=(Resources(group="", names=("namespaces",)),),
    variables={
        "annotations": _map("object.metadata", "annotations"),
        "labels": _map("object.metadata", "labels"),
        "policy": _annotation(words.INBOUND_POLICY),
        "meshed": f"({_annotation(words.INJECT)}) in {_list(words.INJECTED)}",
    },
    validations={
        f"!variables.meshed && variables.policy == '' || variables.policy in {_STRICT}": (
            f"Annotate the Namespace with {words.INBOUND_POLICY}: {words.STRICT_POLICIES[0]}, so "
            "that clients without a mesh identity are refused."
        ),
        f"!variables.meshed || !({_WEBHOOKS} in variables.labels) || "
        f"variables.labels[{_WEBHOOKS}] != 'disabled'": (
            f"Remove the label {words.ADMISSION_WEBHOOKS}: it keeps the proxy out of every pod."
        ),
        **_no_bypass(),
    },
)

# The operator is outside of the mesh and reads the state of each instance on this port. The program
# writes the annotation into the Cluster, and the operator copies it to its Pods and Jobs.
_OPERATED = (
    f"k == {_text(words.SKIP_INBOUND_PORTS)} && variables.annotations[k] == '{OPERATOR_STATUS}' && "
    f"request.kind.kind in ['Pod', 'Job'] && {_text(CNPG_CLUSTER)} in variables.labels"
)


def _workload(name: str, template: str, *resources: Resources) -> Gate:
    """The gate of workloads that keep the pods' metadata at ``template``.

    An object without a template passes, such as a Rollout that names a Deployment: its pods meet
    the gate of Pods.
    """
    metadata = f"{template}.metadata"
    holders = [metadata] if template == "object" else [template, metadata]
    present = " && ".join(f"has({path})" for path in holders)
    return Gate(
        name=f"{name}-strict-mtls",
        resources=resources,
        variables={
            "annotations": f"{present} && {_map(metadata, 'annotations')}",
            "labels": f"{present} && {_map(metadata, 'labels')}",
            "policy": _annotation(words.INBOUND_POLICY),
            "inject": _annotation(words.INJECT),
        },
        validations={
            f"variables.policy == '' || variables.policy in {_STRICT}": (
                f"Remove {words.INBOUND_POLICY} from the pods, or set it to "
                f"{words.STRICT_POLICIES[0]}: it lets clients without a mesh identity in."
            ),
            f"variables.inject != '{words.NOT_INJECTED}'": (
                f"Remove {words.INJECT}: {words.NOT_INJECTED} from the pods: without a proxy they "
                "neither ask for nor offer mTLS."
            ),
            **_no_bypass(_OPERATED),
        },
    )


_WORKLOADS = (
    _workload("pod", "object", Resources(group="", names=("pods",))),
    _workload("podtemplate", "object.template", Resources(group="", names=("podtemplates",))),
    _workload(
        "workload",
        "object.spec.template",
        Resources(group="", names=("replicationcontrollers",)),
        Resources(group="apps", names=("daemonsets", "deployments", "replicasets", "statefulsets")),
        Resources(group="argoproj.io", names=("rollouts",)),
        Resources(group="batch", names=("jobs",)),
    ),
    _workload(
        "cronjob",
        "object.spec.jobTemplate.spec.template",
        Resources(group="batch", names=("cronjobs",)),
    ),
)

_OPEN = (
    "Require a MeshTLSAuthentication or a ServiceAccount, or say in the annotation "
    f"{words.ALLOW_UNAUTHENTICATED} why clients outside the mesh must reach this Server "
    f"({limits.MIN_REASON} characters or more)."
)
_DECLARED = {
    "annotations": _map("object.metadata", "annotations"),
    "declared": f"size(({_annotation(words.ALLOW_UNAUTHENTICATED)}).trim()) >= {limits.MIN_REASON}",
}


def _authorization(resource: str, closed: str) -> Gate:
    return Gate(
        name=f"{resource}-strict-mtls",
        resources=(Resources(group="policy.linkerd.io", names=(resource,)),),
        variables=_DECLARED,
        validations={f"({closed}) || variables.declared": _OPEN},
    )


_SERVER = _authorization(
    "servers", f"!has(object.spec.accessPolicy) || object.spec.accessPolicy in {_STRICT}"
)
_SERVER_AUTHORIZATION = _authorization(
    "serverauthorizations",
    "!(has(object.spec.client.unauthenticated) && object.spec.client.unauthenticated) && "
    "!(has(object.spec.client.meshTLS) && has(object.spec.client.meshTLS.unauthenticatedTLS) && "
    "object.spec.client.meshTLS.unauthenticatedTLS)",
)
_AUTHENTICATED = (
    "has(object.spec.requiredAuthenticationRefs) && object.spec.requiredAuthenticationRefs.exists("
    "r, r.kind in ['MeshTLSAuthentication', 'ServiceAccount'])"
)
_AUTHORIZATION_POLICY = Gate(
    name="authorizationpolicies-strict-mtls",
    resources=(Resources(group="policy.linkerd.io", names=("authorizationpolicies",)),),
    variables={**_DECLARED, "authenticated": _AUTHENTICATED},
    validations={
        "variables.authenticated || variables.declared": _OPEN,
        "variables.authenticated || object.spec.targetRef.kind != 'Namespace'": (
            "Name one Server in spec.targetRef: only a single named Server may be open to clients "
            "without a mesh identity."
        ),
    },
)


def _service_profile(admission: Admission) -> Gate:
    budget = "object.spec.retryBudget"
    ratio, second = admission.max_retry_ratio, admission.max_retries_per_second
    shortest, longest = (f"{seconds}s" for seconds in limits.BUDGET_TTL_SECONDS)
    return Gate(
        name="serviceprofiles-retry-limits",
        resources=(Resources(group="linkerd.io", names=("serviceprofiles",)),),
        variables={
            "routes": "has(object.spec.routes) ? object.spec.routes : []",
            "budget": f"has({budget}) && has({budget}.retryRatio) && "
            f"has({budget}.minRetriesPerSecond) && has({budget}.ttl)",
        },
        validations={
            "size(variables.routes) == 0 || variables.budget": (
                "Add spec.retryBudget with retryRatio, minRetriesPerSecond and ttl: it is all that "
                "bounds a ServiceProfile's retries."
            ),
            f"!variables.budget || double({budget}.retryRatio) >= 0.0 && "
            f"double({budget}.retryRatio) <= {ratio:.6f}": (
                f"Set spec.retryBudget.retryRatio to a number from 0 to {ratio:g}."
            ),
            f"!variables.budget || int({budget}.minRetriesPerSecond) >= 0 && "
            f"int({budget}.minRetriesPerSecond) <= {second}": (
                f"Set spec.retryBudget.minRetriesPerSecond to an integer from 0 to {second}."
            ),
            f"!variables.budget || duration({budget}.ttl) >= duration('{shortest}') && "
            f"duration({budget}.ttl) <= duration('{longest}')": (
                f"Set spec.retryBudget.ttl to a duration from {shortest} to {longest}: with any "
                "other one the proxy drops the budget, and retries nothing."
            ),
            "variables.routes.all(r, !has(r.isRetryable) || !r.isRetryable || "
            "has(r.timeout) && duration(r.timeout) > duration('0s'))": (
                "Give each route with isRetryable a timeout such as 500ms: it is retried until "
                "then."
            ),
        },
    )


def _positive_duration(variable: str) -> str:
    """CEL for a Linkerd duration above zero."""
    return f"{variable}.matches('^{LINKERD_PATTERN}$') && {variable}.matches('[1-9]')"


def _retry_annotations(admission: Admission) -> Gate:
    limit, http, grpc = map(_text, (words.RETRY_LIMIT, words.RETRY_HTTP, words.RETRY_GRPC))
    has_retries = f"variables.annotations.exists(k, k.startsWith({_text(words.RETRY_PREFIX)}))"
    return Gate(
        name="retry-annotations-limits",
        resources=(
            Resources(group="", names=("services",)),
            Resources(group="gateway.networking.k8s.io", names=("httproutes", "grpcroutes")),
            Resources(group="policy.linkerd.io", names=("httproutes",)),
        ),
        variables={
            "annotations": _map("object.metadata", "annotations"),
            "none": f"!({has_retries})",
            "limit": _annotation(words.RETRY_LIMIT),
            "http": _annotation(words.RETRY_HTTP),
            "grpc": _annotation(words.RETRY_GRPC),
            "tryTimeout": _annotation(words.RETRY_TIMEOUT),
            "requestTimeout": _annotation(words.TIMEOUT_REQUEST),
        },
        validations={
            f"variables.none || !({limit} in variables.annotations) || "
            "variables.limit.matches('^[0-9]{1,9}$') && "
            f"int(variables.limit) >= 1 && int(variables.limit) <= {admission.max_retries}": (
                f"Set {words.RETRY_LIMIT} to an integer from 1 to {admission.max_retries}. To "
                "Linkerd, 0 is no limit: it retries once."
            ),
            f"variables.none || [{http}, {grpc}].exists(k, k in variables.annotations)": (
                f"Add {words.RETRY_HTTP} or {words.RETRY_GRPC}: without one of them no status is "
                "retried."
            ),
            f"variables.none || !({http} in variables.annotations) || "
            f"variables.http.split(',').all(c, c.matches('^({words.RETRYABLE_HTTP})$'))": (
                f"Set {words.RETRY_HTTP} to a comma list, without spaces, of 5xx, gateway-error, "
                "a status such as 503, or a range such as 500-504."
            ),
            f"variables.none || !({grpc} in variables.annotations) || "
            f"variables.grpc.split(',').all(c, c in {_list(words.RETRYABLE_GRPC)})": (
                f"Set {words.RETRY_GRPC} to a comma list, without spaces, of "
                f"{', '.join(words.RETRYABLE_GRPC)}."
            ),
            f"variables.none || {_positive_duration('variables.tryTimeout')} && "
            f"{_positive_duration('variables.requestTimeout')}": (
                f"Set {words.RETRY_TIMEOUT} and {words.TIMEOUT_REQUEST} to an integer with ms, s, "
                "m, h or d: retries without them can go on for ever."
            ),
        },
    )
