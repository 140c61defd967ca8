"""The local cluster for other code: ``up``, ``down``, ``status``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.cluster import lifecycle, lock, processes, record
from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError
from tools.cluster.record import Record

__all__ = ["Checkout", "ClusterError", "ClusterInfo", "Status", "down", "status", "up"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterInfo:
    """Where a ready cluster is. ``context`` is also the cluster's name."""

    context: str
    kubeconfig: Path
    server: str
    kubernetes_version: str
    service_cidr: str
    logs: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """``missing``: components that do not run. ``info``: None if there is no cluster."""

    state: Literal["running", "broken", "absent"]
    missing: tuple[str, ...]
    info: ClusterInfo | None


def up(progress: Progress = print, *, checkout: Checkout | None = None) -> ClusterInfo:
    """Makes the cluster ready: creates it, repairs it, or does nothing if it runs.

    ``progress`` gets one short line per step; ``checkout`` is this one by default. A cluster that
    cannot be repaired with its data is created anew, and ``progress`` says so. Raises ClusterError
    with the end of the logs if the cluster does not become ready.
    """
    checkout = checkout or Checkout()
    with lock.held(checkout, progress):
        return _info(checkout, lifecycle.up(checkout, progress))


def down(progress: Progress = print, *, checkout: Checkout | None = None) -> None:
    """Stops every process of the cluster and removes its files. Does nothing if there is none."""
    checkout = checkout or Checkout()
    with lock.held(checkout, progress):
        lifecycle.down(checkout, progress)


def status(*, checkout: Checkout | None = None) -> Status:
    """The present state. Changes nothing, and does not wait for another command."""
    checkout = checkout or Checkout()
    known = record.read(checkout.record)
    if known is None:
        return Status(state="absent", missing=tuple(processes.missing(checkout)), info=None)
    state: Literal["running", "broken"] = (
        "running" if lifecycle.is_healthy(checkout, known) else "broken"
    )
    missing = tuple(processes.missing(checkout))
    return Status(state=state, missing=missing, info=_info(checkout, known))


def _info(checkout: Checkout, known: Record) -> ClusterInfo:
    return ClusterInfo(
        context=checkout.name,
        kubeconfig=checkout.kubeconfig,
        server=known.slot.server,
        kubernetes_version=known.kubernetes_version,
        service_cidr=known.slot.service_cidr,
        logs=checkout.logs,
    )
