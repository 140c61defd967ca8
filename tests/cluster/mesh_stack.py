"""A stack of nothing but the mesh, on a cluster of its own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.checkout import Project
from tools import paths

SECONDS = 300
PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

from components.cluster import checks
from components.mesh.mesh import Mesh, MeshArgs
from components.config.problems import ConfigurationError, located
from components.config.stack.settings import Settings
from components.config.validation import validate

config = pulumi.Config()
kubeconfig = config.require("kubeconfig")
raw = {"linkerd": config.require_object("linkerd"), "cluster": {"kubeconfig": kubeconfig}}
settings, findings = validate(Settings, raw)
if settings is None:
    raise pulumi.RunError(str(ConfigurationError(located("config", findings))))
try:
    checks.check(settings, file="config")
except ConfigurationError as error:
    raise pulumi.RunError(str(error)) from None
provider = k8s.Provider("cluster", kubeconfig=kubeconfig)
Mesh("mesh", MeshArgs(linkerd=settings.linkerd), pulumi.ResourceOptions(providers=[provider]))
"""


@dataclass(frozen=True)
class Done:
    """How a command ended, and all that it said."""

    code: int
    output: str


class MeshStack:
    """The mesh's component by itself, with the real engine, provider and charts."""

    def __init__(self, folder: Path, project: Project) -> None:
        self._folder = folder
        (folder / "state").mkdir(parents=True)
        (folder / "__main__.py").write_text(PROGRAM)
        (folder / "Pulumi.yaml").write_text("name: linkerd-platform\nruntime: python\n")
        (folder / "charts").symlink_to(paths.ROOT / ".local/charts")
        self.gateway_api = folder / "gateway-api"
        self.gateway_api.symlink_to(paths.GATEWAY_API)
        path = [str(paths.VENV / "bin"), str(paths.BIN), os.environ["PATH"]]
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join(path),
            "PYTHONPATH": str(paths.ROOT),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._kubeconfig = project.kubeconfig
        assert self.run("stack", "init", "dev").code == 0

    def run(self, *arguments: str) -> Done:
        done = subprocess.run(
            [str(paths.BIN / "pulumi"), *arguments, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def up(self, *options: str, **linkerd: Any) -> Done:
        """Deploy the mesh with these settings, besides what the local cluster always needs."""
        settings = {
            "release": "2.13",
            "charts": {"directory": "charts", "gatewayApiDirectory": "gateway-api"},
            "viz": "off",
            "tracing": "off",
            "smi": "external",
            **linkerd,
        }
        file = self._folder / "Pulumi.dev.yaml"
        document = yaml.safe_load(file.read_text()) if file.exists() else {}
        document["config"] = {
            "linkerd-platform:linkerd": settings,
            "linkerd-platform:kubeconfig": str(self._kubeconfig),
        }
        file.write_text(yaml.safe_dump(document))
        return self.run("up", "--yes", "--skip-preview", *options)

    def destroy(self) -> Done:
        """Remove everything; the preview before it is what refuses to touch the protected."""
        return self.run("destroy", "--yes")

    def names(self) -> list[str]:
        """The names of the resources in the stack's state."""
        deployment = json.loads(self.run("stack", "export").output)["deployment"]
        return [one["urn"].rpartition("::")[2] for one in deployment.get("resources", ())]
