"""What the recovery from a killed run does in the cluster, with ``kubectl``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from tools import paths

Key = tuple[str, str, str, str]
"""API version, kind, namespace and name of an object."""

PENDING = "status in (pending-install,pending-upgrade,pending-rollback)"
UNSERVED = "no matches for kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """``kubectl`` for a stack's cluster."""

    arguments: Sequence[str]
    environment: Mapping[str, str]

    @classmethod
    def of(cls, engine: Engine) -> Kubectl:
        """For the cluster of the engine's stack."""
        cluster = engine.stack.cluster()
        arguments = ["kubectl"]
        if cluster.kubeconfig:
            arguments += ["--kubeconfig", cluster.kubeconfig]
        if cluster.context:
            arguments += ["--context", cluster.context]
        return cls(arguments=arguments, environment=engine.backend.environment)

    def find(self, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
        """Those of the objects that are in the cluster, with their managed fields."""
        if not keys:
            return {}
        wanted = {"apiVersion": "v1", "kind": "List", "items": [_reference(key) for key in keys]}
        options = ("--ignore-not-found", "--show-managed-fields", "-o", "json")
        done = self._run("get", "-f", "-", *options, stdin=json.dumps(wanted))
        if done.returncode and not _only_unserved(done.stderr):
            raise DeployError(f"kubectl failed: {done.stderr.strip()}")
        answer = json.loads(done.stdout) if done.stdout.strip() else {"items": []}
        live = answer.get("items", [answer])
        return {_key(found): found for found in live}

    def all_of(self, kinds: str, namespace: str) -> list[Mapping[str, Any]]:
        """The namespace's objects of these kinds, with their managed fields."""
        options = ("-n", namespace, "--show-managed-fields", "-o", "json")
        found: list[Mapping[str, Any]] = json.loads(self._said("get", kinds, *options))["items"]
        return found

    def delete_pending_notes(self, release: str, namespace: str) -> None:
        """Delete Helm's notes of what it began, and not those of what it deployed."""
        self._said("delete", "secret", "-l", f"{_notes(release)},{PENDING}", "-n", namespace)

    def has_notes(self, release: str, namespace: str) -> bool:
        """Whether Helm knows the release."""
        listed = self._said("get", "secret", "-l", _notes(release), "-o", "name", "-n", namespace)
        return bool(listed.strip())

    def _said(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            raise DeployError(f"kubectl failed: {done.stderr.strip()}")
        return done.stdout

    def _run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.arguments, *arguments],
            cwd=paths.ROOT,
            env=dict(self.environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


def _notes(release: str) -> str:
    return f"owner=helm,name={release}"


def _reference(key: Key) -> dict[str, Any]:
    api_version, kind, namespace, name = key
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _key(found: Mapping[str, Any]) -> Key:
    metadata = found["metadata"]
    return (found["apiVersion"], found["kind"], metadata.get("namespace", ""), metadata["name"])


def _only_unserved(said: str) -> bool:
    """Whether nothing else is wrong than kinds whose CRD is not there, nor any object of them."""
    errors = [line for line in said.splitlines() if line.startswith(("error", "Error"))]
    return bool(errors) and all(UNSERVED in line for line in errors)
