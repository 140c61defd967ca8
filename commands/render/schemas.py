"""Manifests against Kubernetes' own schemas, without a cluster.

The schemas come with the package kubernetes-validate, which makes them from Kubernetes' OpenAPI
documents: https://github.com/willthames/kubernetes-validate. They know no custom resources.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from kubernetes_validate.utils import latest_version, schema_contents
from referencing import Registry, Resource

from commands.render.manifests import Manifest
from commands.render.values import SECRET, UNKNOWN
from components.config.problems import Problem, located, one_of, shown, unknown

_FIX = "Correct it in the program, or in the manifest file that the stack's config names."
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


def has_schema(manifest: Manifest) -> bool:
    """Whether the object's kind is one of Kubernetes' own."""
    return _validator(manifest.content["apiVersion"], manifest.content["kind"]) is not None


def problems(manifest: Manifest) -> list[Problem]:
    """Each field that the schema does not know, that is missing, or that has another type.

    A field that is ``null`` counts as left out, as it does for the API server: controller-gen, for
    one, writes ``creationTimestamp: null`` into each CRD.
    """
    validator = _validator(manifest.content["apiVersion"], manifest.content["kind"])
    if validator is None:
        return []
    errors = validator.iter_errors(_without_nulls(manifest.content))
    found = [one for error in errors for one in _problems_of(error, manifest.path)]
    return list(dict.fromkeys(found))


@functools.cache
def _validator(api_version: str, kind: str) -> Draft202012Validator | None:
    group, _, version = api_version.rpartition("/")
    own = "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))
    name = "-".join(filter(None, (kind.lower(), group.partition(".")[0], version)))
    try:
        return Draft202012Validator(_schema(name), registry=_definitions()) if own else None
    except FileNotFoundError:
        return None


@functools.cache
def _definitions() -> Registry[Any]:
    return Resource.from_contents(_schema("_definitions")) @ Registry()


def _schema(name: str) -> Any:
    version = latest_version()
    return schema_contents(f"kubernetes-json-schema/v{version}-local-strict/{name}.json", version)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _problems_of(error: ValidationError, file: str) -> Iterator[Problem]:
    if error.instance in (SECRET, UNKNOWN):
        return
    path, schema = [str(key) for key in error.absolute_path], error.schema
    instance: Any = error.instance
    assert isinstance(schema, Mapping)
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for key in sorted(set(instance) - set(known)):
            where, found = ".".join([*path, key]), "a field that the schema does not know"
            yield from located(file, [unknown(where, key, known, _FIX, found=found)])
    elif error.validator == "required":
        for key in schema["required"]:
            if key not in instance:
                yield Problem(
                    file=file,
                    path=".".join([*path, key]),
                    found="nothing",
                    allowed="a value: the schema requires the field",
                    fix=_FIX,
                )
    else:
        yield Problem(
            file=file,
            path=".".join(path),
            found=shown(error.instance),
            allowed=_allowed(schema),
            fix=_FIX,
        )


def _allowed(schema: Mapping[str, Any]) -> str:
    """The values or types that a field may have, in words."""
    if "enum" in schema:
        return one_of(map(str, schema["enum"]))
    types = [option["type"] for option in schema.get("oneOf", [schema])]
    kinds = {kind for one in types for kind in ([one] if isinstance(one, str) else one)}
    return one_of(_TYPES[kind] for kind in kinds if kind != "null")
