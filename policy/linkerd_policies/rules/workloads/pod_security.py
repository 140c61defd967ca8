"""Workloads: what the Pod Security level ``restricted`` requires of meshed pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Settings, StackRule
from linkerd_policies.framework.objects import UNKNOWN, elements, keys, peek
from linkerd_policies.framework.wording import one_of
from linkerd_policies.reading.meshed_workloads import Container, Workload, for_workloads, wanted
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import GOOD, without

_HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SECCOMP = ("RuntimeDefault", "Localhost")


def check_pod_security(workload: Workload, _settings: Settings) -> Iterator[str]:
    """The pod shares nothing with its node, and no container is root or can become root."""
    for key in _HOST_NAMESPACES:
        yield from _forbidden(workload, workload.path(key), workload.pod(key))
    yield from _volume_violations(workload)
    yield from _root_violations(workload, workload.path(), workload.pod())
    for container in workload.containers():
        if container.spec is UNKNOWN:
            yield must_be_plain(workload.obj, container.path)
        else:
            yield from _container_violations(workload, container)


def _forbidden(workload: Workload, path: str, value: Any) -> Iterator[str]:
    if value is UNKNOWN:
        yield must_be_plain(workload.obj, path)
    elif value is True:
        yield f"Remove {path} from {workload.obj}: it gives the pod rights of its node."


def _volume_violations(workload: Workload) -> Iterator[str]:
    volumes, path = workload.pod("volumes"), workload.path("volumes")
    if volumes is UNKNOWN:
        yield must_be_plain(workload.obj, path)
    for index, volume in enumerate(elements(volumes)):
        if volume is UNKNOWN:
            yield must_be_plain(workload.obj, f"{path}[{index}]")
        for key in sorted(set(keys(volume)) - _VOLUMES - {"name"}):
            yield (
                f"Replace {path}[{index}].{key} of {workload.obj} by a volume of a kind that "
                "`restricted` allows: such as emptyDir, configMap or persistentVolumeClaim."
            )


def _root_violations(workload: Workload, path: str, holder: Any) -> Iterator[str]:
    where = f"{path}.securityContext.runAsUser"
    user = peek(holder, "securityContext", "runAsUser")
    if user is UNKNOWN:
        yield must_be_plain(workload.obj, where)
    elif user == 0:
        yield f"Set {where} of {workload.obj} to another user than root (found 0)."


def _container_violations(workload: Workload, container: Container) -> Iterator[str]:
    obj, path = workload.obj, f"{container.path}.securityContext"
    yield from _root_violations(workload, container.path, container.spec)
    yield from _forbidden(workload, f"{path}.privileged", _own(container, "privileged"))
    escalation = _own(container, "allowPrivilegeEscalation")
    where = f"{path}.allowPrivilegeEscalation"
    yield from wanted(
        workload, where, escalation, escalation is False, f"Set {where} of {obj} to false."
    )
    non_root = _effective(workload, container, "runAsNonRoot")
    where = f"{path}.runAsNonRoot"
    yield from wanted(
        workload, where, non_root, non_root is True, f"Set {where} of {obj}, or its pod's, to true."
    )
    profile = _effective(workload, container, "seccompProfile", "type")
    where = f"{path}.seccompProfile.type"
    message = f"Set {where} of {obj}, or its pod's, to {one_of(_SECCOMP)}."
    yield from wanted(workload, where, profile, profile in _SECCOMP, message)
    yield from _capability_violations(workload, container, f"{path}.capabilities")
    yield from _host_port_violations(workload, container)


def _own(container: Container, *path: str) -> Any:
    return peek(container.spec, "securityContext", *path)


def _effective(workload: Workload, container: Container, *path: str) -> Any:
    """The container's own value, else the pod's."""
    own = _own(container, *path)
    return workload.pod("securityContext", *path) if own is None else own


def _capability_violations(workload: Workload, container: Container, path: str) -> Iterator[str]:
    drop, add = (_own(container, "capabilities", key) for key in ("drop", "add"))
    message = f"Add ALL to {path}.drop of {workload.obj}."
    dropped = list(elements(drop))
    value = UNKNOWN if UNKNOWN in dropped and "ALL" not in dropped else drop
    yield from wanted(workload, f"{path}.drop", value, "ALL" in dropped, message)
    if add is UNKNOWN or UNKNOWN in elements(add):
        yield must_be_plain(workload.obj, f"{path}.add")
    elif any(capability != "NET_BIND_SERVICE" for capability in elements(add)):
        yield (
            f"Remove all but NET_BIND_SERVICE from {path}.add of {workload.obj}: an "
            "intruder would have the others, too."
        )


def _host_port_violations(workload: Workload, container: Container) -> Iterator[str]:
    for index, port in enumerate(elements(peek(container.spec, "ports"))):
        path, value = f"{container.path}.ports[{index}].hostPort", peek(port, "hostPort")
        if value is UNKNOWN:
            yield must_be_plain(workload.obj, path)
        elif value:
            yield f"Remove {path} from {workload.obj}: use a Service or a gateway instead."


WORKLOAD_POD_SECURITY = StackRule(
    name="linkerd-workload-pod-security",
    display_name="Meshed pods are restricted",
    group=groups.WORKLOADS.name,
    severity=Severity.HIGH,
    tags=groups.WORKLOADS.tags,
    description="Pods in the mesh meet the Pod Security level `restricted`.",
    why=(
        "A proxy's identity is only as safe as its pod. Whoever becomes root on the node, or has "
        "a capability that changes iptables, can bypass the proxy or take its key. Where "
        "Linkerd's init container runs, the namespace cannot enforce `restricted`, so this rule "
        "checks what the program writes."
    ),
    remediation=(
        "Set the pod's securityContext to runAsNonRoot and seccompProfile RuntimeDefault, and each "
        "container's to allowPrivilegeEscalation: false and capabilities: {drop: [ALL]}."
    ),
    source="https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
    settings=MESHED_SETTINGS,
    check=for_workloads(check_pod_security),
    bad=without("            allowPrivilegeEscalation: false\n"),
    good=GOOD,
)

RULES = (WORKLOAD_POD_SECURITY,)
