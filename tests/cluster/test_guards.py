"""Guard rails with the real engine and API server: what they refuse stays as it was."""

from __future__ import annotations

import json

from tests.cluster.checkout import Project, configured

IDENTITY = ("deployment", "linkerd-identity", "-n", "linkerd")


def test_another_stacks_cluster_and_a_downgrade_are_refused_together(platform: Project) -> None:
    uid = platform.get("namespace", "kube-system")["metadata"]["uid"]
    owner = "linkerd-platform.dev/stack"
    namespace = platform.get("namespace", "linkerd")["metadata"]["annotations"]
    assert namespace[owner] == "linkerd-platform/local"
    created_by = platform.get(*IDENTITY)["spec"]["template"]["metadata"]["annotations"]
    assert created_by["linkerd.io/created-by"] == "linkerd/helm edge-23.4.3"
    cluster = {"kubeconfig": ".local/kubeconfig", "identifier": "local", "uid": "another"}
    before = platform.versions()
    try:
        platform.kubectl("annotate", "namespace", "linkerd", "--overwrite", f"{owner}=theirs/dev")
        newer(platform, "edge-26.6.3")
        with configured(platform, cluster=cluster):
            run = platform.deploy("up")
    finally:
        newer(platform, "edge-23.4.3")
        platform.kubectl(
            "annotate", "namespace", "linkerd", "--overwrite", f"{owner}=linkerd-platform/local"
        )
    assert run.code != 0
    assert "3 problems in the configuration; nothing was changed." in run.output
    assert f"the cluster {uid} at https://127.0.0.1:" in run.output
    assert 'which is of the stack "theirs/dev"' in run.output
    assert '"2.13" (edge-23.4.3), with edge-26.6.3 in the cluster' in run.output
    assert "Traceback" not in run.output
    after = platform.versions()
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed <= {"Namespace /linkerd", "Deployment linkerd/linkerd-identity"}


def test_a_namespace_of_somebody_else_is_refused_before_any_change(platform: Project) -> None:
    namespace = platform.get("namespace", platform.namespace)["metadata"]["annotations"]
    assert namespace["linkerd-platform.dev/stack"] == "linkerd-platform/local"
    platform.kubectl("create", "namespace", "shop")
    before = platform.versions()
    try:
        with configured(platform, namespace="shop"):
            run = platform.deploy("up")
        assert platform.versions() == before
    finally:
        platform.kubectl("delete", "namespace", "shop")
    assert run.code == 1
    assert "Pulumi.local.yaml: namespace" in run.output
    assert (
        'the namespace "shop" in the cluster, which somebody else made with kubectl' in run.output
    )


def newer(platform: Project, version: str) -> None:
    """Let the control plane say that it is of this version."""
    annotations = {"linkerd.io/created-by": f"linkerd/helm {version}"}
    patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    platform.kubectl("patch", *IDENTITY, "-p", json.dumps(patch))
    platform.kubectl("rollout", "status", *IDENTITY, "--timeout=60s")


def test_protected_data_survives_a_removal_with_a_clear_way_out(platform: Project) -> None:
    before = platform.versions()
    with configured(platform, protection={"resources": True}):
        platform.update()
        removal = platform.deploy("down")
    assert removal.code == 1
    for one in ("Namespace microservices", "StatefulSet user-db", "StatefulSet email-queue"):
        assert f"\n  {one}\n" in removal.output
    assert "`protection.resources: false`" in removal.output
    assert platform.versions() == before
    platform.update()  # which takes the protection away again
    assert platform.versions() == before
