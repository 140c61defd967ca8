"""The real engine runs real programs against the pack, with a provider that writes YAML files.

Nothing needs a cluster: what the provider "creates" is a file, so that an empty folder proves that
a blocked run created nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.paths import BIN, ROOT

pytestmark = pytest.mark.slow

PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

provider = k8s.Provider("files", render_yaml_to_directory="written")
opts = pulumi.ResourceOptions(provider=provider)
POLICY = "config.linkerd.io/default-inbound-policy"

def namespace(name, annotations, opts=opts):
    metadata = {"name": name, "annotations": annotations}
    return k8s.core.v1.Namespace(name, metadata=metadata, opts=opts)

def profile(service, **spec):
    name = f"{service}.shop.svc.cluster.local"
    CustomResource(
        f"{service}-profile", api_version="linkerd.io/v1alpha2", kind="ServiceProfile",
        metadata={"name": name, "namespace": "shop"}, spec=spec, opts=opts,
    )

def service(name, **annotations):
    metadata = {"name": name, "namespace": "shop", "annotations": annotations}
    k8s.core.v1.Service(name, metadata=metadata, spec={"ports": [{"port": 80}]}, opts=opts)

def gateway(name, reason):
    CustomResource(
        f"{name}-open", api_version="policy.linkerd.io/v1alpha1", kind="AuthorizationPolicy",
        metadata={"name": name, "namespace": "shop", "annotations": {
            "policy.linkerd-platform.dev/allow-unauthenticated": reason}},
        spec={"targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": name},
              "requiredAuthenticationRefs": [
                  {"group": "policy.linkerd.io", "kind": "NetworkAuthentication", "name": "any"}]},
        opts=opts,
    )

ROUTE = {"name": "GET /", "condition": {"method": "GET", "pathRegex": "/"}}
RETRIED = {**ROUTE, "isRetryable": True, "timeout": "500ms"}
BUDGET = {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}
STRICT = {"linkerd.io/inject": "enabled", POLICY: "all-authenticated"}
BREAKER = {"balancer.linkerd.io/failure-accrual": "consecutive"}
POD = {
    "serviceAccountName": "a", "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{
        "name": "a", "image": "a:1",
        "resources": {"requests": {"cpu": "1m"}, "limits": {"memory": "1Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }],
}
"""

GOOD = """
namespace("shop", STRICT)
profile("web", routes=[RETRIED], retryBudget=BUDGET)
service("cart", **BREAKER, **{
    "retry.linkerd.io/http": "5xx", "retry.linkerd.io/limit": "3",
    "retry.linkerd.io/timeout": "500ms", "timeout.linkerd.io/request": "2s"})
gateway("api", "browsers outside the mesh come in here")
"""

BAD = {
    "linkerd-namespace-strict-mtls": 'namespace("shop", {"linkerd.io/inject": "enabled"})',
    "linkerd-workload-strict-mtls": """
k8s.batch.v1.CronJob("job", metadata={"name": "job", "namespace": "shop"}, opts=opts, spec={
    "schedule": "* * * * *", "jobTemplate": {"spec": {"template": {
        "metadata": {"annotations": {POLICY: "all-unauthenticated"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}}})
""",
    "linkerd-injected-workload-strict-mtls": """
namespace("shop", {})
k8s.core.v1.Pod("pod", opts=opts, spec=POD, metadata={
    "name": "pod", "namespace": "shop", "annotations": {"linkerd.io/inject": "enabled"}})
""",
    "linkerd-authorization-strict-mtls": 'gateway("api", "")',
    "linkerd-gateway-limit": """
gateway("api", "browsers outside the mesh come in here")
gateway("admin", "operators outside the mesh come in here")
""",
    "linkerd-service-profile-retry-budget": 'profile("cart", routes=[RETRIED])',
    "linkerd-retry-annotations-bounded": 'service("cart", **{"retry.linkerd.io/limit": "50"})',
    "linkerd-unknown-fields": """
profile("cart", routes=[{**ROUTE, "retries": {"limit": 3}}], retryBudget=BUDGET)
""",
    "linkerd-no-clear-secrets": """
namespace("shop", STRICT)
POD["containers"][0]["env"] = [{"name": "API_TOKEN", "value": pulumi.Output.secret("x-y-z")}]
k8s.core.v1.Pod("pod", metadata={"name": "pod", "namespace": "shop"}, spec=POD, opts=opts)
""",
    "linkerd-no-private-keys": """
k8s.core.v1.ConfigMap("a", metadata={"name": "a"}, opts=opts, data={
    "key": "-----BEGIN PRIVATE KEY-----"})
""",
    "linkerd-breaker-profile-clash": """
service("cart", **BREAKER)
profile("cart", routes=[RETRIED], retryBudget=BUDGET)
""",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one command of the engine did."""

    status: int
    output: str


class Project:
    """A Pulumi project of its own, with its own state, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")},
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), str(BIN), os.environ["PATH"]]
            ),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        made = self._pulumi("stack", "init", "dev")
        assert made.status == 0, made.output

    def run(
        self, command: str, program: str, *flags: str, config: Mapping[str, object] | None = None
    ) -> Run:
        """Run ``preview`` or ``up`` of ``program`` with the pack."""
        (self.folder / "__main__.py").write_text(PROGRAM + program)
        pack = ["--policy-pack", str(ROOT / "policy")]
        if config is not None:
            path = self.folder / "policy-config.json"
            path.write_text(json.dumps(config))
            pack += ["--policy-pack-config", str(path)]
        return self._pulumi(command, "--stack", "dev", "--color", "never", *pack, *flags)

    def written(self) -> list[str]:
        """The kind and name of each object that the provider wrote."""
        files = (self.folder / "written").rglob("*.yaml")
        return sorted(file.stem.partition("-")[2] for file in files)

    def _pulumi(self, *arguments: str) -> Run:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self._env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        return Run(done.returncode, done.stdout)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_good_program_is_deployed(project: Project) -> None:
    run = project.run("up", GOOD, "--yes")
    assert run.status == 0, run.output
    assert "linkerd-platform" in run.output
    assert "[mandatory]" not in run.output
    assert len(project.written()) == 4


@pytest.mark.parametrize("rule", BAD)
def test_a_violation_stops_up_by_the_rules_name(project: Project, rule: str) -> None:
    run = project.run("up", BAD[rule], "--yes")
    assert run.status != 0
    assert f"  {rule}  " in run.output
    assert run.output.count("[mandatory]") == run.output.count(f"  {rule}  ")
    assert "Traceback" not in run.output
    assert project.written() == []


def test_the_gate_holds_without_a_preview(project: Project) -> None:
    """The resource rules check each object before it is written, in ``up`` itself."""
    run = project.run("up", BAD["linkerd-namespace-strict-mtls"], "--yes", "--skip-preview")
    assert run.status != 0
    assert "  linkerd-namespace-strict-mtls  " in run.output
    assert project.written() == []


UNKNOWN = """
first = namespace("first", STRICT)
annotations = {annotations}
namespace("second", annotations)
"""


def test_an_unknown_policy_is_refused_in_the_preview(project: Project) -> None:
    later = '{**STRICT, POLICY: first.id.apply(lambda _: "all-authenticated")}'
    run = project.run("preview", UNKNOWN.replace("{annotations}", later))
    assert run.status != 0
    assert "as a plain value" in run.output


@pytest.mark.parametrize(("policy", "status"), [("deny", 0), ("all-unauthenticated", 255)])
def test_an_unknown_map_is_checked_before_the_write(
    project: Project, policy: str, status: int
) -> None:
    later = f'first.id.apply(lambda _: {{**STRICT, POLICY: "{policy}"}})'
    program = UNKNOWN.replace("{annotations}", later)
    preview = project.run("preview", program)
    assert preview.status == 0, preview.output
    assert "can't be known during preview" in preview.output
    run = project.run("up", program, "--yes")
    assert run.status == status, run.output
    assert len(project.written()) == (2 if status == 0 else 1)


def test_a_violation_stops_an_update_of_what_is_there(project: Project) -> None:
    assert project.run("up", GOOD, "--yes").status == 0
    weaker = GOOD.replace("STRICT)", '{**STRICT, POLICY: "all-unauthenticated"})')
    assert weaker != GOOD
    run = project.run("up", weaker, "--yes")
    assert run.status != 0
    assert "  linkerd-namespace-strict-mtls  " in run.output
    (stored,) = (project.folder / "written").rglob("*namespace*.yaml")
    assert "all-authenticated" in stored.read_text()


def test_settings_are_taken_from_the_configuration(project: Project) -> None:
    program = BAD["linkerd-gateway-limit"]
    config = {"linkerd-gateway-limit": {"maxGateways": 2}}
    assert project.run("preview", program, config=config).status == 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"linkerd-namespace-strict-mtls": "advisory"}, "cannot be set to advisory"),
        ({"all": "disabled"}, "cannot be set to disabled"),
        (
            {"linkerd-namespace-strict-mtls": {"allowedPolicies": ["audit"]}},
            "allowedPolicies.0 must be one of the following",
        ),
        (
            {"linkerd-service-profile-retry-budget": {"maxRetryRatio": 1.5}},
            "maxRetryRatio: Must be less than or equal to 1",
        ),
        ({"linkerd-gateway-limit": {"maxGatways": 2}}, "found an unknown setting"),
    ],
)
def test_a_configuration_cannot_open_the_gates(
    project: Project, config: dict[str, object], message: str
) -> None:
    run = project.run("up", GOOD, "--yes", config=config)
    assert run.status != 0
    assert message in run.output
    assert project.written() == []


def test_a_rule_that_is_not_locked_can_advise(project: Project) -> None:
    config = {"linkerd-breaker-profile-clash": "advisory"}
    run = project.run("preview", BAD["linkerd-breaker-profile-clash"], config=config)
    assert run.status == 0
    assert "[advisory]" in run.output
