"""The API server of a deployed platform, as far as these tests use it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd.process import program

Manifest = dict[str, Any]
SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What became of a request: the object as stored, or the error's text."""

    stored: Manifest | None
    error: str

    @property
    def object(self) -> Manifest:
        """The stored object; fails with the server's answer where there is none."""
        assert self.stored is not None, self.error
        return self.stored


@dataclass(frozen=True)
class Api:
    """Runs ``kubectl`` with one kubeconfig."""

    kubeconfig: Path

    @classmethod
    def of(cls, deployed: tuple[Project, Run]) -> Api:
        """The API server of the fixture ``deployed``; fails if the deployment failed."""
        project, run = deployed
        assert run.code == 0, run.output[-5000:]
        return cls(kubeconfig=project.kubeconfig)

    def get(self, *arguments: str) -> Any:
        """The object, or the list of objects, that ``kubectl get`` finds; raises if it fails."""
        return self._call("get", *arguments).object

    def items(self, kind: str, namespace: str) -> list[Manifest]:
        """All objects of a kind in the namespace."""
        found: list[Manifest] = self.get(kind, "--namespace", namespace)["items"]
        return found

    def try_create(self, manifest: Mapping[str, Any]) -> Answer:
        """Create without storing: defaults, schema and webhooks run as for a real request.

        What the schema does not know is dropped in silence, as with any client that asks for no
        validation (https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation).
        """
        return self._call("create", "--dry-run=server", "--validate=ignore", manifest=manifest)

    def create(self, manifest: Mapping[str, Any]) -> Manifest:
        """Create the object."""
        return self._call("create", manifest=manifest).object

    def replace(self, manifest: Mapping[str, Any], *, manager: str) -> Manifest:
        """Write the whole object, under the name of the given field manager."""
        return self._call("replace", f"--field-manager={manager}", manifest=manifest).object

    def delete(self, manifest: Mapping[str, Any]) -> None:
        """Delete the object if it is there."""
        kind, metadata = manifest["kind"], manifest["metadata"]
        where = [f"--namespace={metadata['namespace']}"] if "namespace" in metadata else []
        self._run("delete", kind, metadata["name"], *where, "--ignore-not-found")

    def _call(self, *arguments: str, manifest: Mapping[str, Any] | None = None) -> Answer:
        source = ["--filename=-"] if manifest is not None else []
        done = self._run(*arguments, *source, "--output=json", manifest=manifest)
        stored = json.loads(done.stdout) if done.returncode == 0 else None
        return Answer(stored=stored, error=done.stderr.strip())

    def _run(
        self, *arguments: str, manifest: Mapping[str, Any] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program("kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments],
            input=json.dumps(manifest) if manifest is not None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
