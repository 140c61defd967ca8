"""The names and paths of one checkout's cluster. Nothing here touches a disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools import paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The folders that a checkout's cluster uses.

    ``root`` decides name, ports and Service range, so that two checkouts never share any of them.
    ``bin`` and ``gateway_api`` hold the programs and the CRDs that ``make tools`` provides.
    """

    root: Path = paths.ROOT
    bin: Path = paths.BIN
    gateway_api: Path = paths.GATEWAY_API

    @property
    def id(self) -> str:
        return paths.checkout_id(self.root)

    @property
    def name(self) -> str:
        """The name of kwokctl's cluster and of the kubeconfig's context."""
        return f"platform-{self.id}"

    @property
    def kubeconfig(self) -> Path:
        return self.root / ".local" / "kubeconfig"

    @property
    def lock(self) -> Path:
        """Outside ``folder``, because ``down`` removes that while it holds the lock."""
        return self.root / ".local" / "cluster.lock"

    @property
    def folder(self) -> Path:
        """Everything that the cluster writes, except ``kubeconfig`` and ``lock``."""
        return self.root / ".local" / "cluster"

    @property
    def record(self) -> Path:
        return self.folder / "record.json"

    @property
    def config(self) -> Path:
        return self.folder / "kwokctl.yaml"

    @property
    def kwokctl_log(self) -> Path:
        return self.folder / "kwokctl.log"

    @property
    def home(self) -> Path:
        """``$HOME`` of all child processes: none of them may write into the user's."""
        return self.folder / "home"

    @property
    def workdir(self) -> Path:
        """kwokctl's folder for this cluster. Every component's command line contains it."""
        return self.folder / "clusters" / self.name

    @property
    def pids(self) -> Path:
        return self.workdir / "pids"

    @property
    def logs(self) -> Path:
        return self.workdir / "logs"

    @property
    def pki(self) -> Path:
        return self.workdir / "pki"
