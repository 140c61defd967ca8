"""The table of fields is that of the CRDs which the toolchain brings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from linkerd_policies.reading.crd_fields import SPECS, Shape
from tools import paths

LINKERD = paths.CHARTS / "linkerd-crds" / "templates"
FOLDERS = (LINKERD, LINKERD / "policy", paths.GATEWAY_API, paths.ROOT / "tools/cluster/manifests")

# What the table has and these CRDs lack: they are of Linkerd 2.13 and of the Gateway API's standard
# channel.
NEWER = re.compile(
    r"(^|\.)(filters|useDefaultGateways|retry|sessionPersistence)\b|^rules\[\]\.name$"
)
ABSENT = {
    "policy.linkerd.io/v1alpha1 EgressNetwork",
    "policy.linkerd.io/v1alpha1 HTTPLocalRateLimitPolicy",
    "policy.linkerd.io/v1beta2 Server",
    "policy.linkerd.io/v1beta3 Server",
    "policy.linkerd.io/v1beta3 HTTPRoute",
    "workload.linkerd.io/v1alpha1 ExternalWorkload",
    "workload.linkerd.io/v1beta1 ExternalWorkload",
}


def _definitions(folder: Path) -> Iterator[Mapping[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        # The templates put nothing but metadata into the CRDs.
        text = re.sub(r"^.*\{\{.*$", "", file.read_text(), flags=re.MULTILINE)
        for document in yaml.safe_load_all(text):
            if document and document.get("kind") == "CustomResourceDefinition":
                yield document["spec"]


def _crds() -> Iterator[tuple[tuple[str, str], set[str]]]:
    for folder in FOLDERS:
        for spec in _definitions(folder):
            for version in spec["versions"]:
                schema = version["schema"]["openAPIV3Schema"]["properties"].get("spec", {})
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                yield key, set(_declared(schema, ""))


def _declared(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, inner in schema.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        yield here
        yield from _declared(inner, here)
    if "items" in schema:
        yield from _declared(schema["items"], f"{path}[]")


def _written(shape: Shape, path: str = "") -> Iterator[str]:
    if isinstance(shape, Mapping):
        for key, inner in shape.items():
            here = f"{path}.{key}" if path else key
            yield here
            yield from _written(inner, here)
    elif shape is not None:
        yield from _written(shape[0], f"{path}[]")


CRDS = {key: fields for key, fields in _crds() if key in SPECS}


def test_every_kind_that_there_is_has_been_compared() -> None:
    absent = {" ".join(key) for key in SPECS.keys() - CRDS.keys()}
    assert absent == ABSENT


@pytest.mark.parametrize("key", sorted(CRDS), ids=lambda key: " ".join(key))
def test_the_fields_are_those_of_the_crd(key: tuple[str, str]) -> None:
    written = set(_written(SPECS[key]))
    assert written
    assert CRDS[key] <= written
    assert [field for field in sorted(written - CRDS[key]) if not NEWER.search(field)] == []
