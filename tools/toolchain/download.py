"""Downloads official releases whose hashes `tools.lock` holds. Nothing here waits for long."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import shutil
import tarfile
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tools.toolchain import files
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.model import Download, Locked

T = TypeVar("T")
MARKER = "no-downloads"  # a file in the cache: downloads failed a short time ago
CHUNK = 1 << 16


class Unavailable(Exception):
    """A release that cannot be had now, and why."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: for the probe, an answer, a silence, the first look at the speed, all the rest.

    A file slower than ``rate`` bytes per second that would take longer than ``rest`` is given up:
    building is quicker then. A failure is remembered for ``memory`` seconds.
    """

    probe: float = 4
    answer: float = 10
    silence: float = 15
    look: float = 10
    rest: float = 60
    rate: float = 300_000
    memory: float = 600


class Downloader:
    """Downloads for one cache folder. ``stopped`` ends a download that is under way."""

    def __init__(
        self, cache: Path, stopped: threading.Event, patience: Patience | None = None
    ) -> None:
        self._marker = cache / MARKER
        self._stopped = stopped
        self._patience = patience or Patience()

    def refusal(self, url: str) -> str:
        """Why nothing can be downloaded; empty if the host of ``url`` answers in time."""
        with contextlib.suppress(FileNotFoundError):
            if 0 <= time.time() - self._marker.stat().st_mtime < self._patience.memory:
                return self._marker.read_text()
        patience = self._patience.probe
        try:  # no HEAD request: a signed address that GitHub forwards to may allow GET alone
            within(patience, lambda: urllib.request.urlopen(url, timeout=patience).close())
        except (OSError, http.client.HTTPException) as error:
            reason = f"{url}: {_reason(error)}"
            self._remember(reason)
            return reason
        return ""

    def fill(self, release: Download, out: Path, scratch: Path) -> None:
        """Writes the tools of ``release`` into ``out``.

        Raises:
            Unavailable: a file could be had from none of its addresses.
            ToolchainError: a file is not the one whose hash is locked.
            Cancelled: the run was interrupted.
        """
        for file in release.files:
            fetched = scratch / "download"
            self._fetch(file, fetched)
            if file.is_archive:
                _unpack(fetched, file, out)
            else:
                files.copy_file(fetched, out / file.contents[0], 0o755)

    def _fetch(self, file: Locked, target: Path) -> None:
        reasons = []
        for url in file.urls:
            try:
                got, digest = self._body(url, file, target)
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                    raise
                reasons.append(f"{url}: {_reason(error)}")
            else:
                _verify(url, file, got, digest)
                return
        self._remember("; ".join(reasons))
        raise Unavailable("; ".join(reasons))

    def _body(self, url: str, file: Locked, target: Path) -> tuple[int, str]:
        """Saves what ``url`` serves. Returns its size and its hash."""
        digest = hashlib.new(file.algorithm)
        silence = self._patience.silence
        response = within(
            self._patience.answer, lambda: urllib.request.urlopen(url, timeout=silence)
        )
        with response, target.open("wb") as out:
            length, got, began = response.length, 0, time.monotonic()
            while chunk := response.read1(CHUNK):
                digest.update(chunk)
                out.write(chunk)
                got += len(chunk)
                if self._stopped.is_set():
                    raise Cancelled
                self._look(got, length, time.monotonic() - began)
        if length is not None and got < length:
            raise OSError(f"ended after {got} of {length} bytes")
        return got, f"{file.algorithm}:{digest.hexdigest()}"

    def _look(self, got: int, length: int | None, seconds: float) -> None:
        if length is None or seconds < self._patience.look:
            return
        rate = got / seconds
        if rate < self._patience.rate and length - got > rate * self._patience.rest:
            raise OSError(f"too slow: {got} of {length} bytes in {seconds:.0f} s")

    def _remember(self, reason: str) -> None:
        files.write(self._marker, reason)


def within(seconds: float, call: Callable[[], T]) -> T:
    """What ``call`` returns or raises.

    In a thread of its own: no timeout of a socket covers the search for the host's name.

    Raises:
        TimeoutError: it takes longer; it is left behind.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    if not wait([future], seconds).done:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return future.result()


def _verify(url: str, file: Locked, got: int, digest: str) -> None:
    if digest == file.digest and file.size in (None, got):
        return
    raise ToolchainError(
        f"{url} is not the file that tools.lock names; nothing of it was used.\n"
        f"  locked: {file.digest}{f', {file.size} bytes' if file.size else ''}\n"
        f"  served: {digest}, {got} bytes\n"
        "  Somebody changed the release, or a proxy in between answers itself. "
        "`TOOLS=build` builds the tools from their Go modules instead."
    )


def _unpack(archive: Path, file: Locked, out: Path) -> None:
    with tarfile.open(archive) as tar:
        for path in file.contents:
            try:
                source = tar.extractfile(path)
            except KeyError:
                source = None
            if source is None:
                raise ToolchainError(f"{file.urls[0]} has no file {path}: see releases.py.")
            target = out / Path(path).name
            with source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            target.chmod(0o755)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
