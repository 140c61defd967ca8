"""Pulumi projects for the real engine, each with a state of its own, judged by the pack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.paths import BIN, ROOT

HELPERS = """\
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
"""What a program of `Project.run` begins with; a provider that writes files."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one command of the engine did."""

    status: int
    output: str


class Project:
    """A Pulumi project of its own, with its own state, in a folder."""

    def __init__(self, folder: Path, pack: Path = ROOT / "policy") -> None:
        self.folder = folder
        self._pack = pack
        (folder / "state").mkdir()
        if not (folder / "Pulumi.yaml").exists():
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
        """Run ``preview`` or ``up`` of ``program``, after the helpers, with the pack."""
        (self.folder / "__main__.py").write_text(HELPERS + program)
        return self.judge(command, *flags, config=config)

    def judge(self, command: str, *flags: str, config: Mapping[str, object] | None = None) -> Run:
        """Run ``preview`` or ``up`` of the program that is there with the pack."""
        pack = ["--policy-pack", str(self._pack)]
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
