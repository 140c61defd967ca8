"""Creates, checks, repairs and removes the cluster. The caller holds the lock."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tools.cluster import config, contents, kubeconfig, logs, processes, programs, record, slot
from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError
from tools.cluster.programs import Kubectl, Kwokctl
from tools.cluster.record import Record

Progress = Callable[[str], None]

_SECONDS_TO_READY = 60.0
_SECONDS_TO_REPAIR = 25.0
_PAUSE = 0.2
# On a busy machine these end, because the API server is not ready 20 s after their start.
_IMPATIENT = frozenset({"kube-controller-manager", "kube-scheduler", "kwok-controller"})


def up(checkout: Checkout, progress: Progress) -> Record:
    """Makes the cluster ready in the quickest way that works, and returns its record."""
    programs.check(checkout)
    known = record.read(checkout.record)
    if known is None or not known.complete or Path(known.root) != checkout.root:
        return _create(checkout, progress)
    if known.settings != config.digest(checkout, known.slot):
        progress(
            "The cluster was created with other settings and keeps them. "
            "`make cluster-down` and `make cluster` create it with the new ones"
        )
    if is_healthy(checkout, known):
        progress("The cluster is running")
        return known
    try:
        return _repair(checkout, known, progress)
    except (ClusterError, OSError) as error:  # OSError: a file of the cluster is missing
        progress(f"The repair failed: {error}")
        progress("The cluster is created anew; everything deployed in it is lost")
        return _create(checkout, progress)


def is_healthy(checkout: Checkout, known: Record) -> bool:
    """Whether the cluster is complete, all components run and the API server is ready."""
    return (
        known.complete
        and checkout.kubeconfig.exists()
        and not processes.missing(checkout)
        and Kubectl(checkout).answers()
    )


def down(checkout: Checkout, progress: Progress) -> None:
    """Stops the processes and removes the files and the kubeconfig. Needs no tool."""
    ended = _clear(checkout)
    if ended is None:
        progress("There is no cluster")
    else:
        progress(f"The cluster is removed; processes ended: {ended}")


def _create(checkout: Checkout, progress: Progress) -> Record:
    if _clear(checkout) is not None:
        progress("Removed the remains of an earlier cluster")
    place = slot.choose(checkout.id)
    settings = config.digest(checkout, place)
    fresh = Record(root=str(checkout.root), slot_index=place.index, settings=settings)
    checkout.folder.mkdir(parents=True, mode=0o700)  # kwokctl writes readable keys there
    checkout.home.mkdir()
    record.write(checkout.record, fresh)
    config.write(checkout, place)
    progress(f"Starting etcd and Kubernetes on {place.server}")
    try:
        _kwokctl(checkout, Kwokctl(checkout).create)
        kubeconfig.write(checkout, place)
        return _finish(checkout, fresh, progress, _SECONDS_TO_READY)
    except ClusterError:
        processes.end_all(checkout)  # the logs stay
        raise


def _repair(checkout: Checkout, known: Record, progress: Progress) -> Record:
    missing = processes.missing(checkout)
    progress(f"Repairing the cluster; not running: {', '.join(missing) or 'none, but no answer'}")
    kubeconfig.write(checkout, known.slot)
    if not Kubectl(checkout).answers():
        # Components may hang after etcd or the API server ended: restart all, with the data.
        processes.end_all(checkout)
    processes.forget_dead(checkout)
    _kwokctl(checkout, Kwokctl(checkout).start)
    return _finish(checkout, known, progress, _SECONDS_TO_REPAIR)


def _finish(checkout: Checkout, known: Record, progress: Progress, seconds: float) -> Record:
    _wait_until_ready(checkout, seconds)
    progress("Adding nodes, storage and CRDs")
    contents.apply(checkout)
    contents.wait(checkout)
    _wait_for_controllers(checkout, seconds)
    version = Kubectl(checkout).version()
    completed = known.completed(version)
    record.write(checkout.record, completed)
    progress(f"Kubernetes {version} is ready")
    return completed


def _kwokctl(checkout: Checkout, action: Callable[[], None]) -> None:
    """Adds the components' logs to kwokctl's error, which only says that nobody answers."""
    try:
        action()
    except ClusterError as error:
        ended = processes.ended(checkout)
        raise ClusterError(f"{error}\n{logs.tails(checkout, ended)}") from error


def _wait_until_ready(checkout: Checkout, seconds: float) -> None:
    """Waits until the API server is ready. Fails early if a component ends twice."""
    kubectl = Kubectl(checkout)
    _poll(checkout, kubectl.answers, "The API server is not ready", seconds)


def _wait_for_controllers(checkout: Checkout, seconds: float) -> None:
    """Waits until Pods can be created: the controller manager makes their ServiceAccount."""
    kubectl = Kubectl(checkout)
    _poll(
        checkout,
        lambda: kubectl.exists("serviceaccount", "default", "--namespace=default"),
        "The controller manager made no default ServiceAccount",
        seconds,
    )


def _poll(checkout: Checkout, ready: Callable[[], bool], failure: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    restarted = False
    while not ready():
        ended = processes.missing(checkout)
        if ended and not restarted and _IMPATIENT.issuperset(ended):
            restarted = True
            processes.forget_dead(checkout)
            _kwokctl(checkout, Kwokctl(checkout).start)
        elif ended:
            raise ClusterError(
                f"Ended by itself: {', '.join(ended)}.\n{logs.tails(checkout, ended)}"
            )
        if time.monotonic() > deadline:
            raise ClusterError(f"{failure} after {seconds:.0f} s.\n{logs.tails(checkout, [])}")
        time.sleep(_PAUSE)


def _clear(checkout: Checkout) -> int | None:
    """Stops processes and removes files.

    Returns the number of processes, or None if there was nothing. If the checkout was moved, its
    processes run under the old path, which is in the record.
    """
    known = record.read(checkout.record)
    ended = processes.end_all(checkout)
    if known is not None and Path(known.root) != checkout.root:
        ended += processes.end_all(replace(checkout, root=Path(known.root)))
    existed = checkout.folder.exists()
    shutil.rmtree(checkout.folder, ignore_errors=True)
    if checkout.folder.exists():
        raise ClusterError(f"{checkout.folder} cannot be removed. Remove it by hand, then retry.")
    checkout.kubeconfig.unlink(missing_ok=True)
    return ended if ended or existed else None
