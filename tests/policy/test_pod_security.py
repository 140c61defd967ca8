from __future__ import annotations

from typing import Any

import pytest

from tests.policy.meshed import ABSENT, CONTAINER, POD, changed, put
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Pack, token, violations

RULE = "linkerd-workload-pod-security"
SECURITY = f"{CONTAINER}.securityContext"
POD_SECURITY = f"{POD}.securityContext"

BAD: list[tuple[str, Any, str]] = [
    (f"{POD}.hostNetwork", True, f"{POD}.hostNetwork"),
    (f"{POD}.hostPID", True, f"{POD}.hostPID"),
    (f"{POD}.hostIPC", True, f"{POD}.hostIPC"),
    (f"{POD}.volumes", [{"name": "a", "hostPath": {"path": "/"}}], "volumes[0].hostPath"),
    (f"{POD}.volumes", [{"name": "a", "emptyDir": {}}, {"name": "b", "nfs": {}}], "[1].nfs"),
    (f"{POD_SECURITY}.runAsUser", 0, "securityContext.runAsUser"),
    (f"{SECURITY}.runAsUser", 0, "containers[0].securityContext.runAsUser"),
    (f"{POD_SECURITY}.runAsNonRoot", ABSENT, "securityContext.runAsNonRoot"),
    (f"{POD_SECURITY}.runAsNonRoot", False, "securityContext.runAsNonRoot"),
    (f"{SECURITY}.runAsNonRoot", False, "securityContext.runAsNonRoot"),
    (f"{POD_SECURITY}.seccompProfile", ABSENT, "seccompProfile.type"),
    (f"{POD_SECURITY}.seccompProfile.type", "Unconfined", "seccompProfile.type"),
    (f"{SECURITY}.seccompProfile.type", "Unconfined", "seccompProfile.type"),
    (f"{SECURITY}.privileged", True, "securityContext.privileged"),
    (f"{SECURITY}.allowPrivilegeEscalation", True, "allowPrivilegeEscalation"),
    (f"{SECURITY}.allowPrivilegeEscalation", ABSENT, "allowPrivilegeEscalation"),
    (f"{SECURITY}.capabilities", ABSENT, "capabilities.drop"),
    (f"{SECURITY}.capabilities.drop", ["NET_RAW"], "capabilities.drop"),
    (f"{SECURITY}.capabilities.add", ["NET_BIND_SERVICE", "SYS_ADMIN"], "capabilities.add"),
    (f"{CONTAINER}.ports.0.hostPort", 8080, "ports[0].hostPort"),
]
UNKNOWN_PLACES: list[tuple[str, Any]] = [
    *((path, UNKNOWN_TEXT) for path, value, _ in BAD if value is not ABSENT),
    (f"{POD}.containers", UNKNOWN_TEXT),
    (CONTAINER, UNKNOWN_MAP),
    (POD_SECURITY, UNKNOWN_MAP),
    (f"{POD}.volumes", [UNKNOWN_MAP]),
    (SECURITY, UNKNOWN_MAP),
    (f"{SECURITY}.capabilities", UNKNOWN_MAP),
    (f"{SECURITY}.capabilities.drop", [UNKNOWN_TEXT]),
    (f"{SECURITY}.capabilities.add", [UNKNOWN_TEXT]),
]
GOOD: list[tuple[str, Any]] = [
    (f"{POD}.hostNetwork", False),
    (f"{POD}.volumes", [{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {}}]),
    (f"{POD_SECURITY}.runAsUser", 1),
    (f"{SECURITY}.runAsUser", 1000),
    (f"{SECURITY}.privileged", False),
    (f"{SECURITY}.seccompProfile.type", "Localhost"),
    (f"{SECURITY}.capabilities.drop", ["NET_RAW", "ALL"]),
    (f"{SECURITY}.capabilities.drop", [UNKNOWN_TEXT, "ALL"]),
    (f"{SECURITY}.capabilities.add", ["NET_BIND_SERVICE"]),
    (f"{CONTAINER}.ports.0.hostPort", 0),
]


@pytest.mark.parametrize(("path", "value", "said"), BAD)
def test_each_right_too_many_is_refused(path: str, value: Any, said: str) -> None:
    (message,) = violations(RULE, *changed(path, value))
    assert said in message
    assert "of Deployment shop/cart" in message or "from Deployment shop/cart" in message


@pytest.mark.parametrize(("path", "value"), UNKNOWN_PLACES)
def test_unknown_values_are_refused(path: str, value: Any) -> None:
    found = violations(RULE, *changed(path, value))
    assert any("as a plain value" in message for message in found)


@pytest.mark.parametrize(("path", "value"), GOOD)
def test_what_restricted_allows_is_fine(path: str, value: Any) -> None:
    assert violations(RULE, *changed(path, value)) == []


def test_a_container_may_say_what_its_pod_does_not() -> None:
    namespace, deployment = changed(POD_SECURITY, ABSENT)
    put(deployment, f"{SECURITY}.runAsNonRoot", True)
    put(deployment, f"{SECURITY}.seccompProfile", {"type": "RuntimeDefault"})
    assert violations(RULE, namespace, deployment) == []


def test_init_containers_are_held_to_it_too() -> None:
    found = violations(RULE, *changed(f"{POD}.initContainers", [{"name": "a", "image": "a:1"}]))
    assert len(found) == 2
    assert all("initContainers[0]" in message for message in found)


def test_a_patch_is_judged_by_what_it_sets() -> None:
    namespace, deployment = changed("spec", {})
    patch = {**deployment, "spec": {"template": {"spec": {"containers": [{"name": "cart"}]}}}}
    kind = f"{token(deployment)}Patch"
    assert Pack().stack([namespace, patch], [token(namespace), kind]).diagnostics == []
    patch["spec"]["template"]["spec"]["hostPID"] = True
    (found,) = Pack().stack([namespace, patch], [token(namespace), kind]).diagnostics
    assert found.policyName == RULE
    assert "hostPID" in found.message


def test_settings_say_where_it_holds() -> None:
    _, deployment = changed(f"{POD}.hostIPC", True)
    assert violations(RULE, deployment) == []
    assert len(violations(RULE, deployment, meshedNamespaces=["shop"])) == 1
