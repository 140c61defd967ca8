"""What the platform may do with the Kubernetes API: its workloads nothing, Linkerd what is listed.

``permissions.yaml`` is that list, for review: a chart that wants more fails the test.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd import pods
from tests.cluster.linkerd.api import Api, Manifest
from tests.cluster.linkerd.process import program
from tests.support.catalogue import expected

NAMESPACE = "microservices"
LISTED = Path(__file__).with_name("permissions.yaml")
# Kubernetes' own bindings: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
OF_KUBERNETES = "kubernetes.io/bootstrapping"
ACCOUNT = "ServiceAccount"


@pytest.fixture(scope="module")
def api(deployed: tuple[Project, Run]) -> Api:
    return Api.of(deployed)


@pytest.fixture(scope="module")
def granted(api: Api) -> dict[str, set[str]]:
    """Every permission that a binding grants, by ``Kind namespace/name`` of the subject."""
    roles = {_key(role): role for role in api.get("clusterroles,roles", "-A")["items"]}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for binding in api.get("clusterrolebindings,rolebindings", "-A")["items"]:
        if OF_KUBERNETES in (binding["metadata"].get("labels") or {}):
            continue
        where = binding["metadata"].get("namespace", "")
        reference = binding["roleRef"]
        own = where if reference["kind"] == "Role" else ""
        role = roles[reference["kind"], own, reference["name"]]
        for subject in binding.get("subjects") or ():
            name = f"{subject['kind']} {subject.get('namespace', '')}/{subject['name']}"
            scope = f" in {where}" if where else ""
            found[name] |= {f"{right}{scope}" for right in _rights(role)}
    return dict(found)


def _key(role: Manifest) -> tuple[str, str, str]:
    metadata = role["metadata"]
    return role["kind"], metadata.get("namespace", ""), metadata["name"]


def _rights(role: Manifest) -> Iterator[str]:
    """``apps/deployments: get list`` for each group and resource of the role."""
    for rule in role["rules"]:
        assert "nonResourceURLs" not in rule, rule
        verbs = " ".join(sorted(rule["verbs"]))
        names = f" [{', '.join(rule['resourceNames'])}]" if "resourceNames" in rule else ""
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                yield f"{group or 'core'}/{resource}{names}: {verbs}"


def test_every_permission_is_listed(granted: dict[str, set[str]]) -> None:
    listed = {f"{ACCOUNT} {name}": set(rights) for name, rights in _listed().items()}
    assert granted == listed


def _listed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load(LISTED.read_text(encoding="utf-8"))
    return found


def test_nobody_may_do_everything_or_read_secrets(granted: dict[str, set[str]]) -> None:
    for name, rights in granted.items():
        assert name.startswith(ACCOUNT), name
        for right in rights:
            resource, _, verbs = right.partition(": ")
            assert "*" not in verbs, (name, right)
            assert not resource.startswith(("core/secrets", "*")), (name, right)
            writes = {"create", "update", "patch", "delete"} & set(verbs.split())
            harmless = ("events", "reviews", "leases", "status")
            assert not writes or resource.endswith(harmless), (name, right)


def test_no_account_of_the_services_is_granted_anything(
    api: Api, granted: dict[str, set[str]]
) -> None:
    accounts = [one["metadata"]["name"] for one in api.items("serviceaccounts", NAMESPACE)]
    assert set(accounts) == {*expected("local").accounts, "default"}
    assert not [name for name in granted if name.startswith(f"{ACCOUNT} {NAMESPACE}/")]
    # What the authorizer itself says of each, beside an account that nobody has heard of.
    nothing = rules_of(api, "default/nobody")
    assert {rule.partition(":")[0] for rule in nothing} == {
        "authentication.k8s.io/selfsubjectreviews",
        "authorization.k8s.io/selfsubjectaccessreviews",
        "authorization.k8s.io/selfsubjectrulesreviews",
    }
    for account in accounts:
        assert rules_of(api, f"{NAMESPACE}/{account}") == nothing, account
    # It would say more if there were more.
    assert "core/serviceaccounts: list" in rules_of(api, "linkerd-viz/web", "linkerd")


def rules_of(api: Api, account: str, namespace: str = NAMESPACE) -> set[str]:
    """The rights that the API server's authorizer counts up for an account in a namespace."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    command = [
        *(program("kubectl"), f"--kubeconfig={api.kubeconfig}", "create", "--filename=-"),
        "--raw=/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        f"--as=system:serviceaccount:{account.replace('/', ':')}",
        *("--as-group=system:authenticated", "--as-group=system:serviceaccounts"),
        f"--as-group=system:serviceaccounts:{account.partition('/')[0]}",
    ]
    done = subprocess.run(
        command, input=json.dumps(review), capture_output=True, text=True, check=True, timeout=30
    )
    status = json.loads(done.stdout)["status"]
    assert not status["incomplete"]
    return {right for rule in status["resourceRules"] for right in _rights({"rules": [rule]})}


def test_no_pod_holds_a_token_for_the_api(api: Api) -> None:
    workloads = api.items("deployments,statefulsets,cronjobs", NAMESPACE)
    made = [pods.of_workload(workload) for workload in workloads]
    made += api.items("pods", NAMESPACE)
    assert len(made) > 2 * len(workloads) > 30
    for pod in made:
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        for volume in spec.get("volumes") or ():
            sources = (volume.get("projected") or {}).get("sources") or ()
            assert not [source for source in sources if "serviceAccountToken" in source], volume
