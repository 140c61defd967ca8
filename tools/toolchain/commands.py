"""Commands that end when this process does; a failure shows the log's tail and what to do next."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.toolchain import leash
from tools.toolchain.errors import Cancelled, ToolchainError

_LEASH = str(Path(leash.__file__).resolve())
TIMED_OUT = 124  # as the command `timeout` does

TAIL = 15  # lines

AGAIN = "Then run `make tools` again; it continues where it stopped."
# The first pattern that the end of the log matches decides. Causes come before their effects.
HINTS = (
    (r"no space left on device", "The disk is full. Free some space (Go's build cache, "
     "`go env GOCACHE`, may be large)."),
    (r"SECURITY ERROR|checksum mismatch|DO NOT MATCH THE HASHES", "What was downloaded is not what "
     "is pinned: do not use it. `go clean -modcache` drops a damaged copy; if the mismatch stays, "
     "the proxy in between changes what it serves."),
    (r"requires go >= |toolchain not available", "A newer Go is needed than the one that is "
     "installed: install it, or unset GOTOOLCHAIN so that Go may fetch it."),
    (r"signal: killed|cannot allocate memory", "The machine ran out of memory. Close what else is "
     "running; the largest build needs 4 GB."),
    (r"dial tcp|no such host|i/o timeout|TLS handshake|x509:|proxyconnect|connection re|"
     r"module lookup disabled|NewConnectionError|NameResolutionError|Temporary failure in name|"
     r"Max retries exceeded|ReadTimeoutError|ProxyError|SSLError", "The network or the package "
     "proxy cannot be reached. Check the connection and HTTPS_PROXY, GOPROXY or pip's index."),
    (r"No matching distribution found", "pip's index does not offer a pinned Python package. "
     "Check the connection, pip's index, and that this Python is not too new for it."),
)  # fmt: skip
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class Commands:
    """Runs commands on a leash, from any thread. `stop` ends those that run; none starts after."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        output: Path | None = None,
    ) -> None:
        """Runs ``command`` to its end. Its output is appended to ``log``.

        With ``output``, standard output is written to that file instead.

        Raises:
            ToolchainError: the exit code was not 0.
            Cancelled: `stop` was called before or meanwhile.
        """
        with log.open("a") as file:
            file.write(f"$ cd {cwd} && {shlex.join(command)}\n")
        code = self.code(command, cwd=cwd, env=env, log=log, output=output)
        if code != 0:
            what = " ".join(command[:3])
            raise ToolchainError(failure(f"`{what} …` ended with code {code}", log))

    def code(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path = Path(os.devnull),
        output: Path | None = None,
        timeout: float | None = None,
    ) -> int:
        """As `run`, but returns the exit code: `TIMED_OUT` if it was ended after ``timeout`` s.

        Raises:
            Cancelled: `stop` was called before or meanwhile.
        """
        child = self._start(command, cwd, env, log, output)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            _end(child)
            code = TIMED_OUT
        finally:
            with self._lock:
                self._running.discard(child)
            _close(child)
        if self.stopped.is_set():
            raise Cancelled
        return code

    def stop(self) -> None:
        """Ends every command with all its descendants; returns when they are gone."""
        self.stopped.set()
        with self._lock:
            running = tuple(self._running)
        for child in running:
            _close(child)
        for child in running:
            _end(child)

    def _start(
        self,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        output: Path | None,
    ) -> subprocess.Popen[bytes]:
        with (
            log.open("ab") as errors,
            output.open("wb") if output else contextlib.nullcontext(errors) as out,
            self._lock,
        ):
            if self.stopped.is_set():
                raise Cancelled
            child = subprocess.Popen(
                [sys.executable, "-S", "-E", _LEASH, *command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=errors,
                start_new_session=True,  # a Ctrl-C at the terminal reaches this process alone
            )
            self._running.add(child)
            return child


def _close(child: subprocess.Popen[bytes]) -> None:
    if child.stdin:
        child.stdin.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    _close(child)
    try:
        child.wait(leash.GRACE + 2)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def failure(what: str, log: Path) -> str:
    """The message about a failure: ``what``, the tail of the log, its path, and what to do."""
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    tail = _CREDENTIALS.sub("***@", "\n".join(f"    {line[:300]}" for line in lines))
    return f"{what}. The end of its log:\n{tail}\n  The whole log: {log}\n  {hint(tail)} {AGAIN}"


def hint(text: str) -> str:
    """What to do about a log that ends with ``text``."""
    for pattern, advice in HINTS:
        if re.search(pattern, text):
            return advice
    return "Fix what the log names."
