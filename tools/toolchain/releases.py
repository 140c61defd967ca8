"""Which official releases can be downloaded: those whose hashes are in ``tools.lock``."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Download, Layout, Locked, Pins, Release
from tools.toolchain.resolve import pinned

LOCK = "tools.lock"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """The release of a bundle, by its name, or of a plugin, by that of its binary."""

    name: str
    version: str
    release: Release

    def filled(self, text: str, machine: str) -> str:
        """``text`` for a machine such as ``linux-amd64``."""
        os, arch = machine.split("-")
        cpu = {"amd64": "x64"}.get(arch, arch)
        return text.format(version=self.version, os=os, arch=arch, cpu=cpu)


def released(pins: Pins, layout: Layout) -> Iterator[Pinned]:
    """Every release; that of a plugin is of the version of its Python package."""
    for bundle in pins.bundles:
        if bundle.release:
            version = bundle.recipes[0].version
            yield Pinned(name=bundle.name, version=version, release=bundle.release)
    for plugin in pins.plugins:
        if plugin.release:
            version = pinned(plugin.package, layout)
            yield Pinned(name=plugin.binary, version=version, release=plugin.release)


def machine() -> str:
    """The kind of this machine, such as ``linux-amd64``."""
    return f"{sys.platform}-{_ARCHITECTURES.get(platform.machine(), platform.machine())}"


def read(layout: Layout) -> dict[str, dict[str, Any]]:
    """``tools.lock``: by release its version, and by machine and address what is locked.

    Raises:
        ToolchainError: it is not JSON.
    """
    path = layout.root / LOCK
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ToolchainError(f"{path} is no JSON: {error}. Restore it with git.") from error
    return found


def locked(one: Pinned, lock: Mapping[str, Mapping[str, Any]], at: str) -> Download | None:
    """The release for machines such as ``at``, or None where not every hash is locked."""
    entry = lock.get(one.name, {})
    if entry.get("version") != one.version or at not in one.release.machines:
        return None
    known = entry.get(at, {})
    found = []
    for file in one.release.files:
        url = one.filled(file.url, at)
        if url not in known:
            return None
        found.append(
            Locked(
                urls=(url, *known[url].get("mirrors", ())),
                digest=known[url]["hash"],
                size=known[url].get("size"),
                contents=tuple(one.filled(path, at) for path in file.contents),
            )
        )
    return Download(name=one.name, version=one.version, files=tuple(found))


def offers(pins: Pins, layout: Layout) -> dict[str, Download]:
    """What can be downloaded for this machine, by the name of the bundle or plugin."""
    lock = read(layout)
    found = (locked(one, lock, machine()) for one in released(pins, layout))
    return {offer.name: offer for offer in found if offer}
