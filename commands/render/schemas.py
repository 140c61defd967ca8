"""Manifests against Kubernetes' own schemas, without a cluster.

The schemas are those of the official client for Python, which is generated from Kubernetes' OpenAPI
document. They know no custom resources.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubernetes.client import Configuration, models

from commands.render.manifests import Manifest
from commands.render.values import SECRET, UNKNOWN
from components.config.problems import Problem, located, shown, unknown

_SCALARS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "datetime": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
}
_ITEMS = re.compile(r"list\[(.+)\]")
_ENTRIES = re.compile(r"dict[\[(]str, (.+)[\])]")


def has_schema(manifest: Manifest) -> bool:
    """Whether the object's kind is one of Kubernetes' own."""
    return _model_of(manifest.content) is not None


def problems(manifest: Manifest) -> Iterator[Problem]:
    """Each field that the schema does not know, that is missing, or that has another type."""
    model = _model_of(manifest.content)
    if model is not None:
        yield from _check(manifest.path, "", manifest.content, model.__name__)


def _model_of(content: Mapping[str, Any]) -> Any:
    group, _, version = content["apiVersion"].rpartition("/")
    own = "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))
    name = f"{version[0].upper()}{version[1:]}{content['kind']}"
    return getattr(models, name, None) if own else None


def _check(file: str, path: str, value: Any, kind: str) -> Iterator[Problem]:
    if value in (SECRET, UNKNOWN) or kind == "object":
        return
    if items := _ITEMS.fullmatch(kind):
        yield from _list(file, path, value, items.group(1))
    elif entries := _ENTRIES.fullmatch(kind):
        yield from _mapping(file, path, value, entries.group(1))
    elif kind in _SCALARS:
        right = isinstance(value, _SCALARS[kind]) and isinstance(value, bool) == (kind == "bool")
        if not right:
            yield _wrong(file, path, value, kind)
    elif isinstance(value, Mapping):
        yield from _object(file, path, value, getattr(models, kind))
    else:
        yield _wrong(file, path, value, "a mapping")


def _list(file: str, path: str, value: Any, kind: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield _wrong(file, path, value, "a list")
        return
    for position, item in enumerate(value):
        yield from _check(file, f"{path}.{position}", item, kind)


def _mapping(file: str, path: str, value: Any, kind: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong(file, path, value, "a mapping")
        return
    for key, inner in value.items():
        yield from _check(file, f"{path}.{key}", inner, kind)


def _object(file: str, path: str, value: Mapping[str, Any], model: Any) -> Iterator[Problem]:
    known = {key: attribute for attribute, key in model.attribute_map.items()}
    for key, inner in value.items():
        if key in known:
            yield from _check(file, f"{path}.{key}", inner, model.openapi_types[known[key]])
        else:
            where, found = f"{path}.{key}".lstrip("."), "a field that the schema does not know"
            finding = unknown(where, key, known, "Correct the program.", found=found)
            yield from located(file, [finding])
    for key in sorted(_required(model) - value.keys()):
        yield Problem(
            file=file,
            path=f"{path}.{key}".lstrip("."),
            found="nothing",
            allowed="a value: the schema requires the field",
            fix="Correct the program.",
        )


@functools.cache
def _required(model: Any) -> frozenset[str]:
    """The required fields: the ones whose setter refuses to have none."""
    lenient = Configuration()
    lenient.client_side_validation = False
    blank = model(local_vars_configuration=lenient)
    blank.local_vars_configuration = Configuration()
    return frozenset(
        key for attribute, key in model.attribute_map.items() if _refuses_none(blank, attribute)
    )


def _refuses_none(blank: Any, attribute: str) -> bool:
    try:
        setattr(blank, attribute, None)
    except ValueError:
        return True
    return False


def _wrong(file: str, path: str, value: Any, allowed: str) -> Problem:
    return Problem(
        file=file,
        path=path.lstrip("."),
        found=shown(value),
        allowed=allowed,
        fix="Correct the program.",
    )
