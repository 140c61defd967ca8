"""The Helm releases of a run, for `helmfile <https://helmfile.readthedocs.io>`_.

Charts are not rendered here: that needs their repositories, and Linkerd's charts generate
certificates when they are rendered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from commands.render.manifests import RELEASE
from commands.render.program import Registration
from commands.render.values import written
from components.names import slug
from tools import paths

INDEX = "helmfile.yaml"


def values(registrations: Sequence[Registration]) -> dict[str, dict[str, Any]]:
    """Each release's values, by the path of their file."""
    return {
        _values_file(one.inputs): written(one.inputs.get("values", {}))
        for one in sorted(_releases(registrations), key=lambda one: one.name)
    }


def index(registrations: Sequence[Registration], folder: Path) -> dict[str, Any]:
    """The helmfile for ``folder``: repositories, and releases with their dependencies."""
    found = sorted(_releases(registrations), key=lambda one: one.name)
    urls = sorted({_repository(one.inputs) for one in found} - {""})
    return {
        "repositories": [{"name": _repository_name(url), "url": url} for url in urls],
        "releases": [_release(one, registrations, folder) for one in found],
    }


def _release(
    one: Registration, registrations: Sequence[Registration], folder: Path
) -> dict[str, Any]:
    inputs = one.inputs
    needs = sorted(_full_name(other.inputs) for other in _needed(one, registrations))
    entry = {
        "name": inputs["name"],
        "namespace": inputs["namespace"],
        "createNamespace": False,  # with its labels it is one of the manifests
        "chart": _chart(inputs, folder),
        "timeout": inputs["timeout"],
        "wait": True,
        "values": [_values_file(inputs)],
    }
    if "version" in inputs:
        entry["version"] = inputs["version"]
    return {**entry, "needs": needs} if needs else entry


def _releases(registrations: Sequence[Registration]) -> Iterator[Registration]:
    return (one for one in registrations if one.type == RELEASE)


def _needed(one: Registration, registrations: Sequence[Registration]) -> Iterator[Registration]:
    """The releases that this one or one of its parents depends on."""
    by_urn = {other.urn: other for other in registrations}
    waits: set[str] = set()
    part: Registration | None = one
    while part is not None:
        waits.update(part.after)
        part = by_urn.get(part.parent)
    return (by_urn[urn] for urn in waits if urn in by_urn and by_urn[urn].type == RELEASE)


def _full_name(inputs: Mapping[str, Any]) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def _values_file(inputs: Mapping[str, Any]) -> str:
    return f"helm/{inputs['name']}.yaml"


def _repository(inputs: Mapping[str, Any]) -> str:
    return str(inputs.get("repositoryOpts", {}).get("repo", ""))


def _repository_name(url: str) -> str:
    parts = urlsplit(url)
    return slug(parts.netloc, parts.path)


def _chart(inputs: Mapping[str, Any], folder: Path) -> str:
    chart, url = str(inputs["chart"]), _repository(inputs)
    if url:
        return f"{_repository_name(url)}/{chart}"
    return os.path.relpath(paths.ROOT / chart, folder)
