"""``make lock-tools``: writes ``tools.lock`` from the official lists of checksums."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from typing import Any

from tools import paths
from tools.toolchain import files, releases
from tools.toolchain.download import within
from tools.toolchain.model import Layout
from tools.toolchain.pins import PINS
from tools.toolchain.releases import Pinned

SECONDS = 30.0
_LENGTHS = {64: "sha256", 128: "sha512"}

Get = Callable[[str], str]


def main() -> int:
    """Exit code: 0 all is locked, 1 something is not, and was named."""
    layout = Layout(root=paths.ROOT, local=paths.LOCAL, venv=paths.VENV, cache=paths.cache())
    wanted = releases.released(PINS, layout)
    lock, lacking = locked(wanted, releases.read(layout), get)
    files.write(layout.root / releases.LOCK, json.dumps(lock, indent=2) + "\n")
    for line in lacking:
        print(f"not locked: {line}", file=sys.stderr)
    return 1 if lacking else 0


def get(url: str) -> str:
    """What ``url`` serves, as text. Raises OSError."""
    with within(SECONDS, lambda: urllib.request.urlopen(url, timeout=SECONDS)) as response:
        return str(response.read().decode())


def locked(
    wanted: Iterable[Pinned], before: Mapping[str, Mapping[str, Any]], get: Get
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The new lock, and what it lacks with the reason.

    An address that is locked already keeps its hash: what a release holds never changes. Another
    hash in the official list is reported.
    """
    lock: dict[str, dict[str, Any]] = {}
    lacking = []
    for one in wanted:
        entry: dict[str, Any] = {"version": one.version}
        for machine in one.release.machines:
            old = before.get(one.name, {}).get(machine, {})
            known = {}
            for file in one.release.files:
                url = one.filled(file.url, machine)
                checksums = one.filled(file.checksums, machine)
                try:
                    known[url] = _one(url, checksums, old.get(url), get)
                except (OSError, HTTPException, ValueError) as error:
                    lacking.append(f"{url}: {error}")
                    known |= {url: old[url]} if url in old else {}
            entry |= {machine: known} if known else {}
        if len(entry) > 1:
            lock[one.name] = entry
    return lock, lacking


def _one(url: str, checksums: str, old: dict[str, Any] | None, get: Get) -> dict[str, Any]:
    if not checksums:
        if old:
            return old
        raise ValueError("no checksums are published: download it, check it, add its hash by hand")
    found = _hash(get(checksums), url.rpartition("/")[2])
    if found is None:
        raise ValueError(f"{checksums} does not name it")
    if old and old["hash"].partition(":")[0] == found.partition(":")[0] and old["hash"] != found:
        raise ValueError(f"{old['hash']} is locked, but {checksums} says {found}")
    return old or {"hash": found}


def _hash(text: str, name: str) -> str | None:
    """The hash of ``name`` in a list of hashes, or the one hash that the text is."""
    line = rf"^([0-9a-f]{{64}}|[0-9a-f]{{128}})[ *]+(?:\./)?{re.escape(name)}$"
    found = re.search(line, text, re.MULTILINE) or re.fullmatch(r"([0-9a-f]+)\s*", text)
    if found is None or len(found.group(1)) not in _LENGTHS:
        return None
    return f"{_LENGTHS[len(found.group(1))]}:{found.group(1)}"


if __name__ == "__main__":
    sys.exit(main())
