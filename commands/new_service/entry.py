"""The entry of a new service."""

from __future__ import annotations

from dataclasses import dataclass

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from commands.deploy.yaml_files import flow
from components.config.catalogue.model import Service

PLACEHOLDER = "buoyantio/bb:v0.0.6"
"""An image that answers every request, until the service has one of its own."""
PORT = Service.model_fields["port"].default
STYLE = Service.model_fields["style"].default


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the user asked for, unchecked; what the user left out is empty."""

    name: str
    image: str = ""
    port: str = ""
    calls: tuple[str, ...] = ()
    style: str = ""

    def content(self) -> CommentedMap:
        """What the catalogue says of the service."""
        found = CommentedMap(image=self.image or PLACEHOLDER)
        if not self.image:
            port, text = self.port or PORT, self.stem
            args = [f"--h1-server-port={port}", f"--response-text={text}"]
            found["args"] = flow(["terminus", *args])
        found["replicas"] = 2
        found["probe"] = flow({"tcp": True})  # works with every image; the policy pack wants one
        if self.port and self.port != str(PORT):
            found["port"] = int(self.port) if self.port.isdecimal() else self.port
        if self.calls:
            found["calls"] = flow(self.calls)
        if self.style and self.style != STYLE:
            found["style"] = self.style
        route = {"method": "GET", "path": f"/api/{self.stem}", "timeout": "2s"}
        found["routes"] = CommentedSeq([flow(route)])
        return found

    @property
    def stem(self) -> str:
        """The name without the usual ending ``-service``."""
        return self.name.removesuffix("-service")
