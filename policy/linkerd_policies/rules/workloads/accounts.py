"""Workloads: the ServiceAccount, which is the identity that a proxy's certificate names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, names
from linkerd_policies.framework.objects import KubeObject, as_name, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading.meshed_workloads import Workload, meshed_workloads, wanted
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import GOOD, without

_ACCOUNT = ("", "ServiceAccount")
_TOKENS = names("allowTokens", "Workloads that use the Kubernetes API, and so need a token.")


def check_accounts(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """A workload has an account of its own, and no token for the Kubernetes API."""
    for workload in meshed_workloads(objects, settings):
        for message in _account_violations(workload):
            yield Finding(message, workload.obj.urn)
        if workload.obj.key not in settings[_TOKENS.name]:
            for message in _token_violations(workload, objects):
                yield Finding(message, workload.obj.urn)


def _account(workload: Workload) -> Any:
    name = workload.pod("serviceAccountName")
    return workload.pod("serviceAccount") if name is None else name


def _account_violations(workload: Workload) -> Iterator[str]:
    name, path = _account(workload), workload.path("serviceAccountName")
    message = (
        f"Set {path} of {workload.obj} to a ServiceAccount of its own: Linkerd's authorizations "
        "distinguish callers by it, and every pod may use `default`."
    )
    yield from wanted(workload, path, name, name not in (None, "", "default"), message)


def _token_violations(workload: Workload, objects: Sequence[KubeObject]) -> Iterator[str]:
    path = workload.path("automountServiceAccountToken")
    mounted = workload.pod("automountServiceAccountToken")
    if mounted is None:
        key = workload.obj.namespace, as_name(_account(workload))
        mounted = _mounts(objects).get(key)
    message = (
        f"Set {path} of {workload.obj} to false, or list it in the rule's setting "
        f"{_TOKENS.name}: otherwise whoever gets into a container can use the Kubernetes API."
    )
    yield from wanted(workload, path, mounted, mounted is False, message)


@once
def _mounts(objects: Sequence[KubeObject]) -> Mapping[tuple[Any, Any], Any]:
    """Whether each ServiceAccount mounts its token, by namespace and name. The first one counts."""
    found: dict[tuple[Any, Any], Any] = {}
    for obj in of_kinds(objects, _ACCOUNT):
        mounts = peek(obj.props, "automountServiceAccountToken")
        found.setdefault((obj.namespace, obj.name), mounts)
    return found


WORKLOAD_ACCOUNT = StackRule(
    name="linkerd-workload-account",
    display_name="Meshed workloads have an identity of their own",
    group=groups.WORKLOADS.name,
    severity=Severity.HIGH,
    tags=groups.WORKLOADS.tags,
    description="A meshed workload has a ServiceAccount other than `default`, and mounts no token "
    "that it does not need.",
    why=(
        "The account is the identity in a proxy's certificate. No authorization can distinguish "
        "workloads that share `default`. Linkerd's proxy has a token of its own, bound to its "
        "identity, so a meshed pod needs no other."
    ),
    remediation=(
        "Create a ServiceAccount for each workload, name it in serviceAccountName, and set "
        "automountServiceAccountToken: false."
    ),
    source="https://linkerd.io/2-edge/reference/authorization-policy/#meshtlsauthentication",
    settings=(_TOKENS, *MESHED_SETTINGS),
    check=check_accounts,
    bad=without("      serviceAccountName: cart\n"),
    good=GOOD,
)

RULES = (WORKLOAD_ACCOUNT,)
