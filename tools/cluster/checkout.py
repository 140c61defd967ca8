"""Where one checkout's cluster lives. Nothing here touches a disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools import paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A checkout's folders as far as its cluster is concerned.

    ``root`` decides name, ports and Service range, so that two checkouts never share any of them;
    ``bin`` and ``gateway_api`` say where ``make tools`` left the programs and the CRDs.
    """

    root: Path = paths.ROOT
    bin: Path = paths.BIN
    gateway_api: Path = paths.GATEWAY_API

    @property
    def id(self) -> str:
        return paths.checkout_id(self.root)

    @property
    def name(self) -> str:
        """The cluster's name: of kwokctl's cluster, and of the kubeconfig's context."""
        return f"platform-{self.id}"

    @property
    def kubeconfig(self) -> Path:
        return self.root / ".local" / "kubeconfig"

    @property
    def lock(self) -> Path:
        """Outside ``folder``, for ``down`` removes that while it holds the lock."""
        return self.root / ".local" / "cluster.lock"

    @property
    def folder(self) -> Path:
        """All that the cluster writes, apart from ``kubeconfig`` and ``lock``."""
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
        """``$HOME`` of all child processes, so that none of them writes into the user's."""
        return self.folder / "home"

    @property
    def workdir(self) -> Path:
        """kwokctl's folder for this one cluster; every component's command line names it."""
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
