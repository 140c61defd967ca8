"""What the cluster itself refuses: the policy pack's mandatory rules as CEL expressions.

Source: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.config.stack.admission import Admission

STRICT = "['all-authenticated', 'cluster-authenticated', 'deny']"
_BYPASSES = "['skip-inbound-ports', 'skip-outbound-ports', 'skip-subnets']"
_INBOUND = "'config.linkerd.io/default-inbound-policy'"
_INJECT = "'linkerd.io/inject'"
_REASON = "'policy.linkerd-platform.dev/allow-unauthenticated'"
_RETRY = "'retry.linkerd.io/%s'"
_LINKERD_DURATION = "'^[0-9]*[1-9][0-9]*(ms|s|m|h|d)$'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Kinds of one API group, by the names of their resources."""

    group: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One ValidatingAdmissionPolicy.

    ``variables`` are CEL by name, in their order. ``validations`` maps a CEL expression that has to
    hold to the sentence that the client reads when it does not.
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


def _map(path: str, field: str) -> str:
    """CEL for a map of text that may be missing."""
    return f"has({path}.{field}) ? {path}.{field} : {{}}"


def _value(key: str) -> str:
    return f"{key} in variables.annotations ? variables.annotations[{key}] : ''"


_NO_BYPASS = {
    f"{_BYPASSES}.all(k, !('config.linkerd.io/' + k in variables.annotations) || "
    "variables.annotations['config.linkerd.io/' + k] == '')": (
        "Remove the annotations config.linkerd.io/skip-inbound-ports, skip-outbound-ports and "
        "skip-subnets: what they name goes around the proxy, so without mTLS."
    )
}

_NAMESPACE = Gate(
    name="namespace-strict-mtls",
    resources=(Resources(group="", names=("namespaces",)),),
    variables={
        "annotations": _map("object.metadata", "annotations"),
        "labels": _map("object.metadata", "labels"),
        "policy": _value(_INBOUND),
        "meshed": f"({_value(_INJECT)}) in ['enabled', 'ingress']",
    },
    validations={
        f"!variables.meshed && variables.policy == '' || variables.policy in {STRICT}": (
            "Annotate the Namespace with config.linkerd.io/default-inbound-policy: "
            "all-authenticated, so that clients without a mesh identity are refused."
        ),
        "!variables.meshed || !('config.linkerd.io/admission-webhooks' in variables.labels) || "
        "variables.labels['config.linkerd.io/admission-webhooks'] != 'disabled'": (
            "Remove the label config.linkerd.io/admission-webhooks: it keeps the proxy out of "
            "every pod."
        ),
        **_NO_BYPASS,
    },
)


def _workload(name: str, template: str, *resources: Resources) -> Gate:
    """The gate of workloads that keep the pods' metadata at ``template``."""
    metadata = f"{template}.metadata"
    return Gate(
        name=f"{name}-strict-mtls",
        resources=resources,
        variables={
            "annotations": f"has({metadata}) && has({metadata}.annotations) ? "
            f"{metadata}.annotations : {{}}",
            "policy": _value(_INBOUND),
            "inject": _value(_INJECT),
        },
        validations={
            f"variables.policy == '' || variables.policy in {STRICT}": (
                "Remove config.linkerd.io/default-inbound-policy from the pods, or set it to "
                "all-authenticated: it lets clients without a mesh identity in."
            ),
            "variables.inject != 'disabled'": (
                "Remove linkerd.io/inject: disabled from the pods: without a proxy they neither "
                "ask for nor offer mTLS."
            ),
            **_NO_BYPASS,
        },
    )


_WORKLOADS = (
    _workload("pod", "object", Resources(group="", names=("pods",))),
    _workload(
        "workload",
        "object.spec.template",
        Resources(group="", names=("replicationcontrollers",)),
        Resources(group="apps", names=("daemonsets", "deployments", "replicasets", "statefulsets")),
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
    "policy.linkerd-platform.dev/allow-unauthenticated why clients outside the mesh must reach "
    "this Server (10 characters or more)."
)
_DECLARED = {
    "annotations": _map("object.metadata", "annotations"),
    "declared": f"size(({_value(_REASON)}).trim()) >= 10",
}


def _authorization(resource: str, closed: str) -> Gate:
    return Gate(
        name=f"{resource}-strict-mtls",
        resources=(Resources(group="policy.linkerd.io", names=(resource,)),),
        variables=_DECLARED,
        validations={f"({closed}) || variables.declared": _OPEN},
    )


_SERVER = _authorization(
    "servers", f"!has(object.spec.accessPolicy) || object.spec.accessPolicy in {STRICT}"
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
            f"!variables.budget || duration({budget}.ttl) >= duration('1s') && "
            f"duration({budget}.ttl) <= duration('60s')": (
                "Set spec.retryBudget.ttl to a duration from 1s to 60s: outside of it the proxy "
                "drops the budget, and with it every retry."
            ),
            "variables.routes.all(r, !has(r.isRetryable) || !r.isRetryable || "
            "has(r.timeout) && duration(r.timeout) > duration('0s'))": (
                "Give each route with isRetryable a timeout such as 500ms: it is retried until "
                "then."
            ),
        },
    )


def _retry_annotations(admission: Admission) -> Gate:
    limit, timeout = _RETRY % "limit", _RETRY % "timeout"
    http, grpc, request = _RETRY % "http", _RETRY % "grpc", "'timeout.linkerd.io/request'"
    status = "[1-5][0-9]{2}"
    has_retries = "variables.annotations.exists(k, k.startsWith('retry.linkerd.io/'))"
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
            "limit": _value(limit),
            "http": _value(http),
            "grpc": _value(grpc),
            "tryTimeout": _value(timeout),
            "requestTimeout": _value(request),
        },
        validations={
            f"variables.none || !({limit} in variables.annotations) || "
            "variables.limit.matches('^[0-9]{1,9}$') && "
            f"int(variables.limit) <= {admission.max_retries}": (
                f"Set retry.linkerd.io/limit to an integer from 0 to {admission.max_retries}."
            ),
            f"variables.none || [{http}, {grpc}].exists(k, k in variables.annotations)": (
                "Add retry.linkerd.io/http or retry.linkerd.io/grpc: without one of them no status "
                "is retried."
            ),
            f"variables.none || !({http} in variables.annotations) || variables.http.split(',')"
            f".all(c, c.matches('^(5xx|gateway-error|{status}(-{status})?)$'))": (
                "Set retry.linkerd.io/http to a comma list, without spaces, of 5xx, gateway-error, "
                "a status such as 503, or a range such as 500-504."
            ),
            f"variables.none || !({grpc} in variables.annotations) || variables.grpc.split(',')"
            ".all(c, c in ['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', "
            "'unavailable'])": (
                "Set retry.linkerd.io/grpc to a comma list, without spaces, of cancelled, "
                "deadline-exceeded, internal, resource-exhausted, unavailable."
            ),
            f"variables.none || variables.tryTimeout.matches({_LINKERD_DURATION}) && "
            f"variables.requestTimeout.matches({_LINKERD_DURATION})": (
                "Set retry.linkerd.io/timeout and timeout.linkerd.io/request to an integer with "
                "ms, s, m, h or d: retries without them can go on for ever."
            ),
        },
    )
