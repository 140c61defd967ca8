"""A stack of nothing but the mesh, on a cluster of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.checkout import Project
from tests.support.commands import EngineStack, Run
from tools import paths

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
args = MeshArgs(
    linkerd=settings.linkerd, owner="linkerd-platform/dev", alerts=settings.alerts
)
Mesh("mesh", args, pulumi.ResourceOptions(providers=[provider]))
"""


class MeshStack(EngineStack):
    """The mesh's component by itself."""

    def __init__(self, folder: Path, project: Project) -> None:
        super().__init__(folder, PROGRAM)
        (folder / "charts").symlink_to(paths.ROOT / ".local/charts")
        self.gateway_api = folder / "gateway-api"
        self.gateway_api.symlink_to(paths.GATEWAY_API)
        self._kubeconfig = project.kubeconfig

    def up(self, *options: str, **linkerd: Any) -> Run:
        """Deploy the mesh with these settings, besides what the local cluster always needs."""
        settings = {
            "release": "2.13",
            "charts": {"directory": "charts", "gatewayApiDirectory": "gateway-api"},
            "viz": "off",
            "tracing": "off",
            "smi": "external",
            **linkerd,
        }
        file = self.folder / "Pulumi.dev.yaml"
        document = yaml.safe_load(file.read_text()) if file.exists() else {}
        document["config"] = {
            "linkerd-platform:linkerd": settings,
            "linkerd-platform:kubeconfig": str(self._kubeconfig),
        }
        file.write_text(yaml.safe_dump(document))
        return self.run("up", "--yes", "--skip-preview", *options)

    def destroy(self) -> Run:
        """Remove everything; the preview before it is what refuses to touch the protected."""
        return self.run("destroy", "--yes")

    def names(self) -> list[str]:
        """The names of the resources in the stack's state."""
        deployment = json.loads(self.run("stack", "export").output)["deployment"]
        return [one["urn"].rpartition("::")[2] for one in deployment.get("resources", ())]
