"""Commands whose output goes to a log; a failure shows its tail and says what to do next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.toolchain.children import Children
from tools.toolchain.errors import ToolchainError

TAIL = 15  # lines

AGAIN = "Then run `make tools` again; it goes on where it was."
# The first pattern that the end of the log matches says what to do. Order: causes before effects.
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
    (r"No matching distribution found", "A pinned Python package cannot be had from pip's index. "
     "Check the connection, pip's index, and that this Python is not too new for it."),
)  # fmt: skip
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class Commands:
    """Runs commands on ``children`` with the environment ``env``, all printing to one log."""

    def __init__(self, children: Children, env: Mapping[str, str], log: Path) -> None:
        self.env = dict(env)
        self.log = log
        self._children = children
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: Path | None = None,
    ) -> None:
        """Runs to the end; standard output goes to the file ``output`` where one is given.

        Raises:
            ToolchainError: the exit code was not 0.
            Cancelled: the run was interrupted.
        """
        with self.log.open("ab", buffering=0) as log:
            log.write(f"$ cd {cwd} && {shlex.join(command)}\n".encode())
            if output is None:
                code = self._children.run(command, cwd=cwd, env=env, log=log)
            else:
                with output.open("wb") as file:
                    code = self._children.run(command, cwd=cwd, env=env, log=log, output=file)
        if code != 0:
            what = " ".join(command[:3])
            raise ToolchainError(failure(f"`{what} …` ended with code {code}", self.log))


def failure(what: str, log: Path) -> str:
    """The message for ``what`` failed: the tail of its log, the log's path, what to do."""
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    tail = _CREDENTIALS.sub("***@", "\n".join(f"    {line[:300]}" for line in lines))
    return f"{what}. The end of its log:\n{tail}\n  The whole log: {log}\n  {hint(tail)} {AGAIN}"


def hint(text: str) -> str:
    """What to do about a log that ends with ``text``."""
    for pattern, advice in HINTS:
        if re.search(pattern, text):
            return advice
    return "Mend what the log names."
