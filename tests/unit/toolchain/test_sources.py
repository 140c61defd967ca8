"""The whole command with releases: what is downloaded, what is built, what stops."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.unit.toolchain import releases_server, sample
from tests.unit.toolchain.releases_server import Answer, Server, refuses, serves
from tools.toolchain import cli, lock_tools, releases
from tools.toolchain.download import MARKER
from tools.toolchain.model import File, Layout, Pins, Release
from tools.toolchain.pins import PINS
from tools.toolchain.releases import Pinned
from tools.toolchain.report import recorded

TOOL = b"#!/bin/sh\necho hello version 1.2.3\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with releases_server.running() as server:
        yield server


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    return sample.write(tmp_path)


def pins(server: Server) -> Pins:
    file = File(url=f"{server.base}/{{version}}/hello", contents=("hello",))
    release = Release(files=(file,), machines=(releases.machine(),))
    return replace(sample.pins(), bundles=(replace(sample.pins().bundles[0], release=release),))


def lock(places: Layout, server: Server, answer: Answer, version: str = "1.2.3") -> None:
    url = server.puts("1.2.3/hello", answer)
    known = {url: {"hash": f"sha256:{hashlib.sha256(TOOL).hexdigest()}"}}
    entry = {"version": version, releases.machine(): known}
    (places.root / releases.LOCK).write_text(json.dumps({"hello": entry}))


def run(places: Layout, pins: Pins, mode: str | None, *arguments: str) -> tuple[int, str]:
    env = dict(os.environ) | ({"TOOLS": mode} if mode else {})
    out = io.StringIO()
    code = cli.run(pins, places, env, out, cli.parser().parse_args(arguments))
    return code, out.getvalue()


def origin(places: Layout) -> str:
    return recorded(places)["hello"]["origin"]


@pytest.mark.parametrize("mode", [None, "auto", "download"])
def test_locked_release_is_downloaded_once(
    places: Layout, server: Server, mode: str | None
) -> None:
    lock(places, server, serves(TOOL))
    assert run(places, pins(server), mode)[0] == 0
    assert origin(places) == "download"
    assert (places.bin / "hello").read_bytes() == TOOL
    assert server.asked == ["1.2.3/hello", "1.2.3/hello"]  # the probe, and the file
    assert run(places, pins(server), mode)[0] == 0
    assert len(server.asked) == 2
    assert "release in the cache" in run(places, pins(server), mode, "--list")[1]


@pytest.mark.slow
def test_refused_download_is_built_and_not_tried_again(places: Layout, server: Server) -> None:
    lock(places, server, refuses(403))
    assert run(places, pins(server), None)[0] == 0
    assert origin(places) == "built"
    assert server.asked == ["1.2.3/hello"]
    assert run(places, pins(server), None)[0] == 0
    assert server.asked == ["1.2.3/hello"]


@pytest.mark.slow
def test_download_that_fails_after_the_probe_is_built(places: Layout, server: Server) -> None:
    def answer(handler: BaseHTTPRequestHandler, _: object) -> None:
        handler.send_error(200 if len(server.asked) == 1 else 503)

    lock(places, server, answer)
    code, text = run(places, pins(server), None)
    assert code == 0
    assert "no download of hello: " in text
    assert origin(places) == "built"
    assert (places.cache / MARKER).is_file()


@pytest.mark.slow
def test_build_asks_no_server(places: Layout, server: Server) -> None:
    lock(places, server, serves(TOOL))
    assert run(places, pins(server), "build")[0] == 0
    assert origin(places) == "built"
    assert server.asked == []


@pytest.mark.parametrize("mode", ["auto", "download"])
def test_lie_stops_the_run_and_nothing_is_built(
    places: Layout, server: Server, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(places, server, serves(b"another file"))
    assert run(places, pins(server), mode)[0] == 1
    error = capsys.readouterr().err
    assert f"{server.base}/1.2.3/hello is not the file that tools.lock names" in error
    assert "Traceback" not in error
    assert [name for name in sample.made(places) if name != MARKER] == []


def test_download_alone_builds_nothing(
    places: Layout, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(places, server, refuses(403))
    assert run(places, pins(server), "download")[0] == 1
    assert "Nothing can be downloaded: " in capsys.readouterr().err
    lock(places, server, serves(TOOL), version="1.2.2")
    assert run(places, pins(server), "download")[0] == 1
    assert "tools.lock has no release of hello at the pinned version" in capsys.readouterr().err
    assert [name for name in sample.made(places) if name != MARKER] == []


def test_other_mode_is_refused(
    places: Layout, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(places, pins(server), "fetch")[0] == 1
    assert "TOOLS is 'fetch'; allowed: auto, download, build." in capsys.readouterr().err


def test_damaged_lock_is_named(
    places: Layout, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.root / releases.LOCK).write_text('{"half": ')
    assert run(places, pins(server), None)[0] == 1
    assert f"{places.root / releases.LOCK} is no JSON" in capsys.readouterr().err


REAL = Layout(
    root=sample.PROJECT,
    local=sample.PROJECT / ".local",
    venv=sample.PROJECT / ".venv",
    cache=sample.PROJECT / ".local" / "none",
)


def test_every_locked_file_belongs_to_a_pinned_release() -> None:
    known = {one.name: one for one in releases.released(PINS, REAL)}
    found = releases.read(REAL)
    assert found
    for name, entry in found.items():
        one = known[name]
        machines = set(entry) - {"version"}
        assert entry["version"] == one.version
        assert machines <= set(one.release.machines)
        for machine in machines:
            offer = releases.locked(one, found, machine)
            assert offer is not None
            assert len(entry[machine]) == len(offer.files)
            for file in offer.files:
                assert (
                    len(file.digest.partition(":")[2])
                    == {"sha256": 64, "sha512": 128}[file.algorithm]
                )


def test_release_holds_every_tool_of_its_bundle() -> None:
    for bundle in PINS.bundles:
        if bundle.release:
            paths = [path for file in bundle.release.files for path in file.contents]
            assert {path.rpartition("/")[2] for path in paths} == {
                *bundle.tools,
                *bundle.optional,
            }


A, B = "a" * 64, "b" * 128
SUMS = {
    "https://x.test/1.0/SUMS": f"{A}  hello-linux-amd64\n{A} *./hello-linux-arm64\n",
    "https://x.test/1.0/hello-linux-amd64.sha512": f"{B}\n",
}


def get(url: str) -> str:
    if url not in SUMS:
        raise OSError("404")
    return SUMS[url]


def release(checksums: str) -> Pinned:
    url = "https://x.test/{version}/hello-{os}-{arch}"
    file = File(url=url, contents=("hello",), checksums=checksums)
    machines = ("linux-amd64", "linux-arm64")
    return Pinned(name="hello", version="1.0", release=Release(files=(file,), machines=machines))


def hashes(lock: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    return {key: value for key, value in lock.get("hello", {}).items() if key != "version"}


def test_lock_is_read_from_the_official_list() -> None:
    found, lacking = lock_tools.locked([release("https://x.test/{version}/SUMS")], {}, get)
    assert lacking == []
    assert found["hello"]["version"] == "1.0"
    for machine in ("linux-amd64", "linux-arm64"):
        url = f"https://x.test/1.0/hello-{machine}"
        assert found["hello"][machine] == {url: {"hash": f"sha256:{A}"}}


def test_file_of_one_hash_counts_and_what_lacks_is_named() -> None:
    one = release("https://x.test/{version}/hello-{os}-{arch}.sha512")
    found, lacking = lock_tools.locked([one], {}, get)
    url = "https://x.test/1.0/hello-linux-amd64"
    assert hashes(found) == {"linux-amd64": {url: {"hash": f"sha512:{B}"}}}
    assert lacking == ["https://x.test/1.0/hello-linux-arm64: 404"]


def test_hash_without_an_official_list_is_kept() -> None:
    url = "https://x.test/1.0/hello-linux-amd64"
    before = {"hello": {"version": "1.0", "linux-amd64": {url: {"hash": f"sha256:{A}"}}}}
    found, lacking = lock_tools.locked([release("")], before, get)
    assert found == before
    (line,) = lacking
    assert line.startswith("https://x.test/1.0/hello-linux-arm64: no checksums are published")


def test_changed_hash_is_reported_and_not_taken_over() -> None:
    url = "https://x.test/1.0/hello-linux-amd64"
    old = {"hash": f"sha256:{'c' * 64}"}
    before = {"hello": {"version": "1.0", "linux-amd64": {url: old}}}
    found, lacking = lock_tools.locked([release("https://x.test/{version}/SUMS")], before, get)
    assert hashes(found)["linux-amd64"] == {url: old}
    assert any("is locked, but" in line for line in lacking)
