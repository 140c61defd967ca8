"""The load generator on the real cluster: a rate brings it, no rate takes it away."""

from __future__ import annotations

import json
import subprocess

from tests.cluster.checkout import Project, configured
from tools import paths

NAME = "load-generator"
RESTRICTED = "load-generator-restricted"


def test_a_rate_deploys_the_generator_and_no_rate_removes_it(platform: Project) -> None:
    before = platform.versions()
    with configured(platform, load={"rate": 6}):
        run = platform.deploy("up")
    assert run.code == 0, run.output[-5000:]
    assert "Changed: 4 created, 2 updated." in run.output  # the gateway lets it in
    deployment = platform.get("deployment", NAME, "-n", platform.namespace)
    assert deployment["status"]["readyReplicas"] == 1
    assert platform.versions().keys() - before.keys() == {
        f"{kind} {platform.namespace}/{NAME}" for kind in ("Deployment", "ServiceAccount")
    }
    template = deployment["spec"]["template"]
    assert len(template["spec"]["containers"]) == 3
    assert refused(platform, template["spec"]) == ""
    template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    assert "violates PodSecurity" in refused(platform, template["spec"])
    platform.update()
    assert platform.versions() == before


def refused(project: Project, spec: dict[str, object]) -> str:
    """What a namespace of the level ``restricted`` says against a pod; nothing is created."""
    spec = {**spec, "serviceAccountName": "default", "serviceAccount": "default"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": spec}
    project.kubectl("create", "namespace", RESTRICTED)
    try:
        level = "pod-security.kubernetes.io/enforce=restricted"
        project.kubectl("label", "namespace", RESTRICTED, level)
        command = [str(paths.BIN / "kubectl"), "--kubeconfig", str(project.kubeconfig)]
        result = subprocess.run(
            [*command, "create", "--dry-run=server", "-n", RESTRICTED, "-f", "-"],
            input=json.dumps(pod),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        project.kubectl("delete", "namespace", RESTRICTED)
    return result.stderr if result.returncode else ""
