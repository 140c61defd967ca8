"""Downloads from a local server that serves, refuses, stalls, breaks off and lies."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.toolchain import releases_server
from tests.unit.toolchain.releases_server import (
    Answer,
    Server,
    archive,
    breaks_off,
    drips,
    hangs,
    refuses,
    serves,
    stalls,
)
from tools.toolchain.download import MARKER, Downloader, Patience, Unavailable
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.model import Download, Locked

TOOL = b"#!/bin/sh\necho hello version 1.2.3\n"
IMPATIENT = Patience(probe=0.5, answer=0.5, silence=0.5, look=0.3, rest=1, rate=300_000)
SOON = 3.0  # seconds, on a busy machine

BAD: dict[str, tuple[Answer, str]] = {
    "refuses": (refuses(403), "403"),
    "has gone": (refuses(404), "404"),
    "is down": (refuses(503), "503"),
    "hangs": (hangs, "no answer within|timed out"),
    "stalls": (stalls, "timed out"),
    "drips": (drips, "too slow"),
    "breaks off": (breaks_off, "ended after 10 of 1000 bytes"),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with releases_server.running() as server:
        yield server


def locked(body: bytes, *urls: str, digest: str = "", size: int | None = None) -> Download:
    contents = ("bin/hello",) if urls[0].endswith(".tar.gz") else ("hello",)
    digest = digest or f"sha256:{hashlib.sha256(body).hexdigest()}"
    file = Locked(urls=urls, digest=digest, contents=contents, size=size)
    return Download(name="hello", version="1.2.3", files=(file,))


def fetched(tmp_path: Path, release: Download, stopped: threading.Event | None = None) -> Path:
    """The tool that was downloaded."""
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    Downloader(tmp_path, stopped or threading.Event(), IMPATIENT).fill(release, out, tmp_path)
    return out / "hello"


def test_one_file_is_the_tool(server: Server, tmp_path: Path) -> None:
    tool = fetched(tmp_path, locked(TOOL, server.puts("hello", serves(TOOL))))
    assert tool.read_bytes() == TOOL
    assert os.access(tool, os.X_OK)


def test_tool_is_taken_from_an_archive(server: Server, tmp_path: Path) -> None:
    body = archive(hello=TOOL, other=b"x")
    tool = fetched(tmp_path, locked(body, server.puts("hello.tar.gz", serves(body))))
    assert tool.read_bytes() == TOOL
    assert os.access(tool, os.X_OK)
    assert [path.name for path in tool.parent.iterdir()] == ["hello"]


def test_sha512_is_checked_too(server: Server, tmp_path: Path) -> None:
    url = server.puts("hello", serves(TOOL))
    digest = f"sha512:{hashlib.sha512(TOOL).hexdigest()}"
    assert fetched(tmp_path, locked(TOOL, url, digest=digest)).is_file()
    with pytest.raises(ToolchainError, match="sha512:0000"):
        fetched(tmp_path, locked(TOOL, url, digest=f"sha512:{'0' * 128}"))


@pytest.mark.parametrize("bad", BAD)
def test_bad_server_is_given_up_soon_and_its_mirror_asked(
    server: Server, tmp_path: Path, bad: str
) -> None:
    answer, reason = BAD[bad]
    urls = server.puts("hello", answer), server.puts("mirror", serves(TOOL))
    began = time.monotonic()
    with pytest.raises(Unavailable, match=f"{urls[0]}: .*({reason})"):
        fetched(tmp_path, locked(TOOL, urls[0]))
    assert time.monotonic() - began < SOON
    assert (tmp_path / MARKER).is_file()
    assert fetched(tmp_path, locked(TOOL, *urls)).read_bytes() == TOOL


def test_closed_port_is_given_up_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/hello"
    with pytest.raises(Unavailable, match="refused"):
        fetched(tmp_path, locked(TOOL, url))


def test_lie_stops_with_both_hashes_and_the_address(server: Server, tmp_path: Path) -> None:
    urls = server.puts("hello", serves(b"<html>log in")), server.puts("mirror", serves(TOOL))
    release = locked(TOOL, *urls)
    with pytest.raises(ToolchainError) as error:
        fetched(tmp_path, release)
    text = str(error.value)
    assert urls[0] in text
    assert release.files[0].digest in text
    assert hashlib.sha256(b"<html>log in").hexdigest() in text
    assert "TOOLS=build" in text
    assert server.asked == ["hello"]
    assert not (tmp_path / "out" / "hello").exists()


def test_other_size_than_the_locked_one_stops(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=f"locked: .*, 7 bytes\n.*, {len(TOOL)} bytes"):
        fetched(tmp_path, locked(TOOL, server.puts("hello", serves(TOOL)), size=7))


def test_archive_without_the_tool_is_named(server: Server, tmp_path: Path) -> None:
    body = archive(other=b"x")
    with pytest.raises(ToolchainError, match=r"hello\.tar\.gz has no file bin/hello"):
        fetched(tmp_path, locked(body, server.puts("hello.tar.gz", serves(body))))


def test_interrupted_download_ends(server: Server, tmp_path: Path) -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Cancelled):
        fetched(tmp_path, locked(TOOL, server.puts("hello", serves(TOOL))), stopped)


def refusal(cache: Path, url: str, patience: Patience = IMPATIENT) -> str:
    return Downloader(cache, threading.Event(), patience).refusal(url)


def test_reachable_host_is_no_refusal(server: Server, tmp_path: Path) -> None:
    assert refusal(tmp_path, server.puts("hello", serves(TOOL))) == ""
    assert not (tmp_path / MARKER).exists()


@pytest.mark.parametrize("bad", ["refuses", "hangs"])
def test_refusal_is_remembered_for_a_while(server: Server, tmp_path: Path, bad: str) -> None:
    url = server.puts("hello", BAD[bad][0])
    first = refusal(tmp_path, url)
    assert first.startswith(url)
    assert refusal(tmp_path, url) == first
    assert server.asked == ["hello"]
    then = time.time() - Patience().memory - 1
    os.utime(tmp_path / MARKER, (then, then))
    server.puts("hello", serves(TOOL))
    assert refusal(tmp_path, url, replace(IMPATIENT, memory=Patience().memory)) == ""


def test_search_for_the_host_that_never_ends_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def never(*_: object, **__: object) -> None:
        ended.wait()
        raise OSError("the test is over")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()
    assert "no answer within 0.5 s" in refusal(tmp_path, "http://releases.test/hello")
    assert time.monotonic() - began < SOON
    ended.set()


def test_a_probe_takes_four_seconds_at_most_and_is_remembered_for_ten_minutes() -> None:
    assert (Patience().probe, Patience().memory) == (4, 600)
