"""The rules of stacks, for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from components.config import loading
from components.config.loading import PROJECT, Configuration
from components.observability.conditions import COMPONENTS
from components.observability.files import RuleFile, rule_files
from tools import paths

RELEASES = ("2.14", "2.18", "2.20")
UNMEASURED = {"unsupported": "warn", "egress": "open", "gatewayApi": "install"}


def loaded(release: str = "2.20", alerts: Mapping[str, Any] | None = None) -> Configuration:
    """The catalogue and the settings of the stack ``staging``, with another release."""
    text = (paths.ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    linkerd = {**config[f"{PROJECT}:linkerd"], "release": release}
    if release == "2.14":
        linkerd |= UNMEASURED
    config |= {f"{PROJECT}:linkerd": linkerd, f"{PROJECT}:alerts": dict(alerts or {})}
    plain = {key: one if isinstance(one, str) else json.dumps(one) for key, one in config.items()}
    return loading.load(project=PROJECT, stack="staging", config=plain, root=paths.ROOT)


def rules(release: str = "2.20", place: str = "operator") -> list[RuleFile]:
    """The rules of that stack for viz's Prometheus or an operator's."""
    found = loaded(release, {"rules": place})
    return rule_files(found.catalogue, found.settings)


COMPONENTS_UP = {f'up{{component="{name}"}}': "1+0x600" for name in COMPONENTS}
"""Samples of a control plane whose components answer."""
