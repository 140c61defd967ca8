"""A stack: its name and its config file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.deploy import refusals
from commands.deploy.errors import DeployError
from components.config.loading import PROJECT
from components.config.problems import one_of, suggestion
from components.config.stack.settings import Cluster, Protection, Settings
from components.config.validation import M, validate
from tools import paths

LOCAL = "local"
ENCRYPTION = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""The keys of a stack's file with which the engine opens its secrets."""
OF_CANARIES = ("namespace", "catalogue", "canaries")
OF_METRICS = ("unsupported", "viz", "flagger", "prometheusUrl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack's name and its config file, as far as the commands need them."""

    name: str
    file: Path
    document: dict[str, Any]

    @property
    def is_local(self) -> bool:
        """Whether the stack lives on the embedded cluster."""
        return self.name == LOCAL

    @property
    def has_own_encryption(self) -> bool:
        """Whether somebody has set up the stack's secrets already."""
        return bool(set(ENCRYPTION) & self.document.keys())

    def cluster(self) -> Cluster:
        """The stack's cluster; the default one where the settings are missing or wrong."""
        return self._settings("cluster", Cluster)

    def protection(self) -> Protection:
        """The stack's protection; the default where the settings are missing or wrong."""
        return self._settings("protection", Protection)

    def _settings(self, key: str, model: type[M]) -> M:
        config = self.document.get("config") or {}
        written = config.get(f"{PROJECT}:{key}") if isinstance(config, dict) else None
        found = validate(model, written or {})[0]
        return model() if found is None else found

    def canary_settings(self) -> Settings:
        """The settings that matter for canaries, all others at their defaults.

        None of them can be encrypted. Raises :class:`DeployError` with every problem in them.
        """
        config = self.document.get("config") or {}
        if not isinstance(config, dict):
            raise DeployError(f"{self.file.name}: `config` has to be a mapping of keys to values.")
        written = {key: config.get(f"{PROJECT}:{key}") for key in OF_CANARIES}
        linkerd = config.get(f"{PROJECT}:linkerd") or {}
        if isinstance(linkerd, dict):
            linkerd = {key: linkerd[key] for key in OF_METRICS if key in linkerd}
        written["linkerd"] = linkerd
        known = {key: value for key, value in written.items() if value is not None}
        settings, findings = validate(Settings, known)
        if settings is None:
            raise refusals.findings_in(self.file, findings)
        return settings


def find(name: str) -> Stack:
    """The stack of that name. Raises :class:`DeployError` without one, or with a bad file."""
    known = sorted(file.name.split(".")[1] for file in paths.ROOT.glob("Pulumi.*.yaml"))
    if name not in known:
        message = f'There is no stack "{name}": Pulumi.{name}.yaml does not exist. '
        raise DeployError(
            f"{message}{suggestion(name, known)}".rstrip() + "\n"
            f"Stacks: {one_of(known)}. For a new one, write its Pulumi.<stack>.yaml first."
        )
    file = paths.ROOT / f"Pulumi.{name}.yaml"
    document = refusals.document(file)
    return Stack(name=name, file=file, document=document if isinstance(document, dict) else {})
