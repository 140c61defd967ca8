"""One controller as a process on loopback addresses, from its start to its end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import paths

HOST = "127.0.0.1"
SECONDS_TO_READY = 30.0
SECONDS_TO_END = 10.0


def program(name: str) -> str:
    """Where a tool of ``make tools`` is, or the user's own on PATH."""
    places = os.pathsep.join((str(paths.BIN), os.environ.get("PATH", os.defpath)))
    found = shutil.which(name, path=places)
    assert found is not None, f"{name} is neither in .local/bin nor on PATH: run `make tools`"
    return found


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Controller:
    """A running controller: where it serves, its admin port, and the process."""

    address: str
    admin: str
    pid: int
    log: Path

    def said(self) -> str:
        """Everything that the controller has logged so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running(command: Sequence[str], arguments: Sequence[str], *, log: Path) -> Iterator[Controller]:
    """Start a controller, wait until it calls itself ready, and end it at the end.

    ``arguments`` are those of its container; addresses in them are replaced by loopback ones.
    Fails with the end of the log if it does not get ready in 30 s.
    """
    address, admin = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
    # The kernel ends the controller with the tests, even if they are killed.
    leash = ["setpriv", "--pdeathsig=KILL"]
    # Of a flag that is given twice, Go takes the last.
    addresses = [f"-addr={address}", f"-metrics-addr={admin}"]
    line = [*leash, *command, *arguments, *addresses]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    controller = Controller(address=address, admin=admin, pid=process.pid, log=log)
    try:
        _wait(process, controller)
        yield controller
    finally:
        _end(process)


def container(pod: dict[str, Any], name: str) -> dict[str, Any]:
    """The container of that name in a pod or pod template."""
    (found,) = (each for each in pod["spec"]["containers"] if each["name"] == name)
    only: dict[str, Any] = found
    return only


def _wait(process: subprocess.Popen[bytes], controller: Controller) -> None:
    deadline = time.monotonic() + SECONDS_TO_READY
    while not _is_ready(controller.admin):
        late = time.monotonic() > deadline
        if late or process.poll() is not None:
            state = "is not ready" if late else "ended by itself"
            raise AssertionError(f"{process.args!r} {state}:\n{controller.said()[-3000:]}")
        time.sleep(0.05)


def _is_ready(admin: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{admin}/ready", timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
