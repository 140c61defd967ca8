"""The objects of a run as files: one file for each object, and an index for kustomize."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from commands.deploy.errors import DeployError
from commands.render.program import Registration
from commands.render.values import SECRET, written
from tools import paths

RELEASE = "kubernetes:helm.sh/v3:Release"
CONFIG_GROUP = "kubernetes:yaml/v2:ConfigGroup"
CLUSTER = "cluster"
"""The folder of objects without a namespace."""
INDEX = "kustomization.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One object and the file that it is written to, without its secrets."""

    path: str
    content: Mapping[str, Any]

    @property
    def is_secret(self) -> bool:
        """Whether the object has placeholders for its values, and must not be applied."""
        return bool(self.content["kind"] == "Secret")


def manifests(registrations: Iterable[Registration]) -> list[Manifest]:
    """Every object outside of the Helm releases, sorted by path.

    Raises :class:`DeployError` if two objects have the same path.
    """
    found: dict[str, Manifest] = {}
    objects = list(_objects(registrations))
    readers = list(_references(objects))
    for content in (_with_keys(one, readers) for one in objects):
        manifest = Manifest(path=_path(content), content=content)
        if manifest.path in found:
            raise DeployError(f"Two objects would be written to {manifest.path}.")
        found[manifest.path] = manifest
    return [found[path] for path in sorted(found)]


def _objects(registrations: Iterable[Registration]) -> Iterator[Mapping[str, Any]]:
    for one in registrations:
        if one.type == CONFIG_GROUP:
            yield from _of_files(one)
        elif one.type.startswith("kubernetes:") and one.type != RELEASE:
            yield written(one.inputs)


def _of_files(group: Registration) -> Iterator[Mapping[str, Any]]:
    for name in group.inputs.get("files", ()):
        if not _is_url(name):
            text = (paths.ROOT / name).read_text(encoding="utf-8")
            yield from (one for one in yaml.safe_load_all(text) if one)


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """The name of each Secret that a pod reads, with the key."""
    if isinstance(value, Mapping):
        reference = value.get("secretKeyRef")
        if reference is not None:
            yield reference["name"], reference["key"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _with_keys(content: Mapping[str, Any], readers: Iterable[tuple[str, str]]) -> Mapping[str, Any]:
    """The object; a Secret whose keys are unknown in a preview gets those that pods read."""
    if content["kind"] != "Secret" or content.get("stringData") != SECRET:
        return content
    name = content["metadata"]["name"]
    keys = sorted({key for secret, key in readers if secret == name})
    return {**content, "stringData": dict.fromkeys(keys, SECRET)}


def _path(content: Mapping[str, Any]) -> str:
    metadata = content["metadata"]
    folder = metadata.get("namespace", CLUSTER)
    return f"{folder}/{content['kind'].lower()}-{metadata['name']}.yaml"


def index(found: Iterable[Manifest], registrations: Iterable[Registration]) -> dict[str, Any]:
    """The index for ``kubectl apply -k``: every object but the Secrets, which have no values."""
    groups = [one for one in registrations if one.type == CONFIG_GROUP]
    remote = [name for one in groups for name in one.inputs.get("files", ()) if _is_url(name)]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [*sorted(remote), *(one.path for one in found if not one.is_secret)],
    }


def _is_url(name: str) -> bool:
    return name.startswith("https://")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that they can be reviewed."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def document(content: Mapping[str, Any]) -> str:
    """The content as one YAML document; equal content gives equal text."""
    text: str = yaml.dump(dict(content), Dumper=_Dumper, width=100, allow_unicode=True)
    return text


def write(folder: Path, files: Mapping[str, str], header: str) -> list[str]:
    """Write the files, and remove those that only an earlier run wrote.

    Files that do not start with ``header`` are other people's and stay. Returns the removed paths.
    Raises :class:`DeployError` where such a file would be overwritten.
    """
    ours, others = _existing(folder, header)
    if taken := sorted(others & files.keys()):
        raise DeployError(
            f"{folder / taken[0]} was not written by `make render`: move it, or set OUT."
        )
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(header + text, encoding="utf-8")
    stale = sorted(ours - files.keys())
    for path in stale:
        (folder / path).unlink()
    return stale


def _existing(folder: Path, header: str) -> tuple[set[str], set[str]]:
    ours, others = set[str](), set[str]()
    for file in folder.rglob("*"):
        if file.is_file():
            generated = file.read_bytes().startswith(header.encode())
            (ours if generated else others).add(file.relative_to(folder).as_posix())
    return ours, others
