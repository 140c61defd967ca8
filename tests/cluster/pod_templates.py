"""Every kind of pod template that the program can write, as manifests without a namespace."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from components.linkerd.shared.words import STRICT_POLICIES
from tests.cluster.linkerd.api import Manifest
from tests.unit.components import program
from tools import paths

CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"
HOLDERS = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where each kind of the program's workloads keeps its pod template."""

_APP = {"image": "example/app:1"}
_BACKUP = {"schedule": "0 3 * * *", "keep": 2, "storage": "1Gi"}
_RETRIED = {
    "method": "GET",
    "path": "/items",
    "timeout": "2s",
    "retry": {"limit": 2, "timeout": "500ms"},
}
CATALOGUE: Mapping[str, Any] = {
    "gateway": "web",
    "services": {
        "web": {**_APP, "calls": ["api", "cart", "cache", "db", "operated"]},
        "command": {**_APP, "command": ["serve"], "args": ["--fast"], "env": {"MODE": "fast"}},
        "secret": {**_APP, "secrets": {"TOKEN": {"secret": "db-credentials", "key": "password"}}},
        "scaled": {**_APP, "autoscaling": {"min": 2, "max": 4}},
        "worker": {**_APP, "port": None, "liveness": {"exec": ["alive"]}},
        "mail": {**_APP, "protocol": "tcp", "port": 2525, "scheme": "smtp", "probe": {"tcp": True}},
        "rpc": {**_APP, "protocol": "grpc", "ports": {"metrics": {"port": 9090}}},
        "probed": {**_APP, "probe": {"http": "/ready"}, "liveness": {"http": "/alive"}},
        "proxied": {**_APP, "proxy": {"requests": {"cpu": "100m"}, "limits": {"cpu": "1"}}},
        "kept": {**_APP, "storage": {"path": "/data"}, "writable": ["/tmp"], "user": 1000},
        "filed": {**_APP, "files": {"/etc/app.yaml": "app.yaml"}},
        "cart": {**_APP, "style": "route", "routes": [_RETRIED], "circuitBreaker": {}},
        "api": {**_APP, "versions": {"v1": {}, "v2": {"image": "example/app:2"}}},
        "played": {**_APP, "standsInFor": "payments"},
    },
    "stores": {
        "cache": {"kind": "redis", "backup": _BACKUP},
        "db": {"kind": "postgresql", "database": "shop", "backup": _BACKUP},
        "operated": {"kind": "postgresql", "database": "users"},
    },
    "external": {"payments": {"url": "https://payments.example"}},
    "load": {"rate": 1, "routes": [{"path": "/"}]},
}


def manifests(root: Path) -> list[Manifest]:
    """The workloads, and the Pods that their controllers would make of them; each one once.

    ``root`` is an empty folder for a copy of the program. The stacks differ in the proxies (native
    sidecars or not), the default inbound policy and who runs a PostgreSQL.
    """
    shutil.copy(paths.ROOT / "__main__.py", root)
    (root / "services.yaml").write_text(yaml.safe_dump(dict(CATALOGUE)))
    (root / "app.yaml").write_text("mode: fast\n")
    found = {
        json.dumps(manifest, sort_keys=True)
        for native, policy in product((True, False), STRICT_POLICIES)
        for manifest in _of_stack(root, native=native, policy=policy)
    }
    return [_named(json.loads(text), f"template-{n}") for n, text in enumerate(sorted(found))]


def _named(manifest: Manifest, name: str) -> Manifest:
    manifest["metadata"]["name"] = name
    return manifest


def _of_stack(root: Path, *, native: bool, policy: str) -> Iterator[Manifest]:
    linkerd = {"release": "2.20", "nativeSidecar": native, "defaultInboundPolicy": policy}
    # Without native sidecars the config refuses the operator, whose Jobs would never end.
    stores = {"operated": {"operator": "cloudnative-pg"}} if native else {}
    outcome = program.run(
        "dev",
        kubernetes=(1, 33),
        root=root,
        linkerd=linkerd,
        stores=stores,
        admission={"mode": "deny"},
        standIns=["payments"],
        canaries={"api": {"weight": 10}},
        secrets={},
    )
    for each in outcome.registered:
        _, version, kind = each.type.split(":")
        if kind in HOLDERS:
            yield from _workload(version.replace("core/", ""), kind, each.inputs)
        elif each.type == CLUSTER:
            yield from _by_the_operator(each.inputs["spec"]["inheritedMetadata"])


def _workload(version: str, kind: str, inputs: Mapping[str, Any]) -> Iterator[Manifest]:
    yield {"apiVersion": version, "kind": kind, "metadata": {}, "spec": inputs["spec"]}
    template: Any = inputs
    for key in HOLDERS[kind]:
        template = template[key]
    claims = [each["metadata"]["name"] for each in inputs["spec"].get("volumeClaimTemplates", ())]
    yield _pod(template, claims)


def _pod(template: Mapping[str, Any], claims: Sequence[str] = ()) -> Manifest:
    """The Pod that a controller makes of a template, under the namespace's default account.

    ``claims`` are the volumes that a StatefulSet adds. The program's own accounts do not exist
    here, and the API server refuses a Pod without its account.
    """
    volumes = [{"name": name, "emptyDir": {}} for name in claims]
    spec = {k: v for k, v in template["spec"].items() if k != "serviceAccountName"}
    spec["volumes"] = [*spec.get("volumes", ()), *volumes]
    metadata = {k: template["metadata"][k] for k in ("labels", "annotations")}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _by_the_operator(inherited: Mapping[str, Any]) -> Iterator[Manifest]:
    """The Pod and the Job that CloudNativePG makes for a Cluster.

    Source: cloudnative-pg, pkg/specs/pods.go and jobs.go
    """
    labels = {**inherited["labels"], "cnpg.io/cluster": "operated"}
    template = {
        "metadata": {"labels": labels, "annotations": inherited["annotations"]},
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "postgres", "image": "example/postgres:17"}],
        },
    }
    yield _pod(template)
    job = {"template": template}
    yield {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"labels": labels}, "spec": job}
