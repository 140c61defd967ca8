"""The cluster's processes: finds them and stops them.

kwokctl starts each component by a link in the cluster's own folder, so its command line shows whose
it is. A reused process id is never mistaken for a component, and a component is found even if its
id was not written down.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time

from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError

COMPONENTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok-controller",
)
_SECONDS_TO_END = 10.0


def running(checkout: Checkout) -> dict[int, str]:
    """Process id → component, or ``kwokctl``, of every live process of this cluster."""
    # -ww: command lines in full. ps is the same on Linux and macOS, /proc is not.
    command = ["ps", "-A", "-ww", "-o", "pid=", "-o", "args="]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise ClusterError(
            f"Cannot list processes with `{' '.join(command)}`: {error}. Install ps (procps)."
        ) from error
    return parse(listing, checkout)


def parse(listing: str, checkout: Checkout) -> dict[int, str]:
    """`running`, from the lines of ``ps``: an id, a blank, a command line."""
    # With the blank: "kube" must not match "kube-x". The path itself may contain blanks.
    starts = {f"{checkout.workdir}/bin/{component} ": component for component in COMPONENTS}
    # If `up` is killed, its kwokctl continues to start components.
    starts[f"{checkout.bin}/kwokctl --name {checkout.name} "] = "kwokctl"
    found: dict[int, str] = {}
    for line in listing.splitlines():
        pid, _, command = line.strip().partition(" ")
        for start, component in starts.items():
            if command.lstrip().startswith(start):
                found[int(pid)] = component
    return found


def missing(checkout: Checkout) -> list[str]:
    """The components that do not run, in the order in which they start."""
    alive = set(running(checkout).values())
    return [component for component in COMPONENTS if component not in alive]


def ended(checkout: Checkout) -> list[str]:
    """The components that kwokctl has started and that no longer run."""
    started = {file.stem for file in checkout.pids.glob("*.pid")}
    return [component for component in missing(checkout) if component in started]


def forget_dead(checkout: Checkout) -> None:
    """Removes the id files of dead components. kwokctl trusts them even if the id was reused."""
    alive = running(checkout)
    for file in checkout.pids.glob("*.pid"):
        text = file.read_text(encoding="utf-8").strip()
        if not (text.isdigit() and alive.get(int(text)) == file.stem):
            file.unlink()


def end_all(checkout: Checkout) -> int:
    """Kills every process of the cluster and returns how many there were.

    They get no time to clean up: their data is deleted, or read back as after a crash. Raises
    ClusterError if one still runs after ten seconds.
    """
    first = running(checkout)
    deadline = time.monotonic() + _SECONDS_TO_END
    left = first
    while left:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            names = ", ".join(f"{name} ({pid})" for pid, name in left.items())
            raise ClusterError(f"Still running after SIGKILL: {names}. Stop them by hand.")
        time.sleep(0.05)
        left = running(checkout)
    return len(first)
