"""The entry of a new service, as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from components.config.catalogue.model import Service

PLACEHOLDER = "buoyantio/bb:v0.0.6"
"""An image that answers every request, until the service has one of its own."""
PORT = Service.model_fields["port"].default
STYLE = Service.model_fields["style"].default


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the user said of the service, unchecked; what is empty was not said."""

    name: str
    image: str = ""
    port: str = ""
    calls: tuple[str, ...] = ()
    style: str = ""

    def lines(self) -> Iterator[str]:
        """The entry's lines, its name first, without the indentation of the catalogue's."""
        yield f"{scalar(self.name)}:"
        yield f"  image: {scalar(self.image or PLACEHOLDER, in_list=False)}"
        if not self.image:
            port, text = self.port or PORT, self.stem
            args = [f"--h1-server-port={port}", f"--response-text={text}"]
            yield f"  args: [terminus, {', '.join(map(scalar, args))}]"
        yield "  replicas: 2"
        yield "  probe: {tcp: true}"  # every image takes it; the policy pack wants one
        if self.port and self.port != str(PORT):
            yield f"  port: {self.port if self.port.isdigit() else scalar(self.port)}"
        if self.calls:
            yield f"  calls: [{', '.join(map(scalar, self.calls))}]"
        if self.style and self.style != STYLE:
            yield f"  style: {scalar(self.style)}"
        yield "  routes:"
        yield f"    - {{method: GET, path: {scalar(f'/api/{self.stem}')}, timeout: 2s}}"

    @property
    def stem(self) -> str:
        """The name without what all services' names end with."""
        return self.name.removesuffix("-service")


def scalar(text: str, *, in_list: bool = True) -> str:
    """The text as a YAML scalar, in quotes only where it needs them: in ``[...]`` more does."""
    if in_list:
        return str(yaml.safe_dump([text], default_flow_style=True, width=10_000)).strip()[1:-1]
    return str(yaml.safe_dump(text, width=10_000)).splitlines()[0]
