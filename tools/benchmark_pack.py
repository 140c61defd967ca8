"""``make policy-benchmark``: what the policy pack adds to a preview of 1,000 resources.

The real engine previews a generated program, without and with the pack by turns. The provider
renders YAML, so no cluster is asked. The medians and their difference are printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import paths

LIMIT = 0.15
"""How much of a preview's time the pack may add."""

RESOURCES = 1000
PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

provider = k8s.Provider("files", render_yaml_to_directory="written")
opts = pulumi.ResourceOptions(provider=provider)
k8s.core.v1.Namespace("shop", opts=opts, metadata={"name": "shop", "annotations": {
    "linkerd.io/inject": "enabled",
    "config.linkerd.io/default-inbound-policy": "all-authenticated"}})

def deployment(name, metadata, labels):
    k8s.apps.v1.Deployment(name, metadata=metadata, opts=opts, spec={
        "replicas": 2, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "app", "image": "registry.example/app:1.0.0",
                "ports": [{"name": "http", "containerPort": 8080}],
                "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"},
                              "limits": {"memory": "64Mi"}},
                "securityContext": {"allowPrivilegeEscalation": False,
                                    "readOnlyRootFilesystem": True,
                                    "capabilities": {"drop": ["ALL"]}}}]}}})

def custom(kind, version, name, spec, metadata):
    CustomResource(f"{name}-{kind}", api_version=version, kind=kind, metadata=metadata, spec=spec,
                   opts=opts)

def service(name):
    labels, metadata = {"app": name}, {"name": name, "namespace": "shop"}
    deployment(name, metadata, labels)
    k8s.core.v1.Service(name, metadata=metadata, opts=opts, spec={
        "selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]})
    k8s.core.v1.ServiceAccount(name, metadata=metadata, opts=opts)
    k8s.core.v1.ConfigMap(name, metadata=metadata, opts=opts, data={"LOG_LEVEL": "info"})
    k8s.policy.v1.PodDisruptionBudget(name, metadata=metadata, opts=opts, spec={
        "maxUnavailable": 1, "selector": {"matchLabels": labels}})
    k8s.networking.v1.NetworkPolicy(name, metadata=metadata, opts=opts, spec={
        "podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"], "ingress": [{}]})
    custom("Server", "policy.linkerd.io/v1beta3", name, {
        "podSelector": {"matchLabels": labels}, "port": "http", "proxyProtocol": "HTTP/1"},
        metadata)
    custom("MeshTLSAuthentication", "policy.linkerd.io/v1alpha1", name, {
        "identityRefs": [{"kind": "ServiceAccount", "name": name}]}, metadata)
    custom("AuthorizationPolicy", "policy.linkerd.io/v1alpha1", name, {
        "targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": name},
        "requiredAuthenticationRefs": [{
            "group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": name}]},
        metadata)
    custom("ServiceProfile", "linkerd.io/v1alpha2", name, {
        "routes": [{"name": "GET /", "condition": {"method": "GET", "pathRegex": "/"},
                    "isRetryable": True, "timeout": "500ms"}],
        "retryBudget": {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}},
        {**metadata, "name": f"{name}.shop.svc.cluster.local"})

for index in range(SERVICES):
    service(f"service-{index}")
"""
PER_SERVICE = 10


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 1 when the pack adds more than :data:`LIMIT`."""
    parser = argparse.ArgumentParser(prog="tools.benchmark_pack")
    parser.add_argument("--rounds", type=int, default=5, help="previews of each kind")
    rounds = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory() as folder:
        project = _Project(Path(folder))
        project.preview()  # fills the caches of the file system
        pairs = [(project.preview(), project.preview(*_pack())) for _ in range(rounds)]
    without, with_pack = (_median(runs) for runs in zip(*pairs, strict=True))
    share = with_pack.wall / without.wall - 1
    print(f"Preview of {RESOURCES} resources, medians of {rounds}:")
    print(f"  without the pack  {without}")
    print(f"  with the pack     {with_pack}  ({share:+.1%} of time, at most {LIMIT:.0%})")
    return 0 if share <= LIMIT else 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a preview took, in seconds: by the clock, and of processors, all processes together."""

    wall: float
    processor: float

    def __str__(self) -> str:
        """Both, with the clock's first."""
        return f"{self.wall:6.2f} s, {self.processor:6.2f} s of processors"


def _median(runs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(run.wall for run in runs),
        statistics.median(run.processor for run in runs),
    )


def _pack() -> tuple[str, str]:
    return "--policy-pack", str(paths.ROOT / "policy")


class _Project:
    """A Pulumi project with a state of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: benchmark\nruntime: python\n", encoding="utf-8")
        services = f"SERVICES = {RESOURCES // PER_SERVICE}\n"
        (folder / "__main__.py").write_text(services + PROGRAM, encoding="utf-8")
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            "PATH": os.pathsep.join(
                (str(Path(sys.executable).parent), str(paths.BIN), os.environ["PATH"])
            ),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._pulumi("stack", "init", "dev")

    def preview(self, *options: str) -> Cost:
        """Preview the program, and say what it took."""
        start, used = time.monotonic(), _processor_seconds()
        self._pulumi("preview", "--stack", "dev", "--suppress-progress", *options)
        return Cost(time.monotonic() - start, _processor_seconds() - used)

    def _pulumi(self, *arguments: str) -> None:
        subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _processor_seconds() -> float:
    """What all processes used that this one waited for, and those that they waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
