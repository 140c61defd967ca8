"""The base of all configuration models, and pydantic's errors as findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from components.config.problems import one_of, shown, unknown
from components.findings import Finding

M = TypeVar("M", bound="Model")


class Model(BaseModel):
    """A frozen model with camelCase keys that knows no key besides its own."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=False,
        use_attribute_docstrings=True,
    )


def validate(model: type[M], data: Any) -> tuple[M | None, list[Finding]]:
    """Validate plain data against a model. Returns the model, or ``None`` and every mistake."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        details = _without_counts(error.errors(include_url=False))
        return None, [_finding(detail, model, data) for detail in details]


_TAGS = frozenset({"union_tag_not_found", "union_tag_invalid"})
"""The errors of a variant's ``kind``, which pydantic reports at the whole."""


def _without_counts(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """The details, except that a list is too short where one of its entries is wrong.

    pydantic counts the valid entries only.
    """
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(_is_inside(other["loc"], detail["loc"]) for other in details)
    ]


def _is_inside(inner: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


def _finding(detail: ErrorDetails, model: type[Model], data: Any) -> Finding:
    kind, context, loc = detail["type"], detail.get("ctx", {}), detail["loc"]
    path = ".".join(_path(loc, data))
    found = shown(detail["input"])
    if _may_be_secret(model, loc):
        found = "a value of another kind (not shown: a secret may be in it)"
    if kind == "missing":
        return Finding(path=path, found="nothing", allowed="a value", fix="Add the key.")
    if kind == "extra_forbidden":
        return unknown_key(path, str(loc[-1]), _keys_at(model, loc[:-1]))
    if kind == "refused":
        allowed, fix = str(context["allowed"]), str(context["fix"])
        return Finding(path=path, found=found, allowed=allowed, fix=fix)
    if kind in _TAGS:
        tag = detail["input"].get("kind")
        found = "nothing" if tag is None else shown(tag)
        allowed = one_of(_tags(_annotation_at(model, loc)))
        return Finding(path=f"{path}.kind", found=found, allowed=allowed, fix="Correct the value.")
    allowed = _allowed(detail, context)
    scalar = isinstance(detail["input"], bool | int | float | date)
    fix = "Write it in quotes." if kind == "string_type" and scalar else "Correct the value."
    return Finding(path=path, found=found, allowed=allowed, fix=fix)


def unknown_key(path: str, key: str, known: Iterable[str]) -> Finding:
    """The finding of a key that is none of the ``known`` ones."""
    otherwise = "Delete the key or correct its name."
    return unknown(path, key, known, otherwise, found='the unknown key "{}"')


def _path(loc: Sequence[int | str], data: Any) -> list[str]:
    """The keys as the user wrote them: pydantic adds marks such as the variant of a union."""
    keys: list[str] = []
    for position, key in enumerate(loc):
        last = position == len(loc) - 1
        found, inner = _step_into(data, key)
        if found:
            data = inner
        elif not last or key == "[key]":
            continue
        keys.append(str(key))
    return keys


def _step_into(data: Any, key: int | str) -> tuple[bool, Any]:
    if isinstance(data, Mapping):
        return key in data, data.get(key)
    if isinstance(data, list) and isinstance(key, int):
        return True, data[key]
    return False, None


def _may_be_secret(model: type[Model], loc: Sequence[int | str]) -> bool:
    """Whether the field at this location is a secret, or a model that holds one."""
    return _holds_secret(_annotation_at(model, loc))


def _keys_at(model: type[Model], loc: Sequence[int | str]) -> list[str]:
    """The keys that the model at this location knows."""
    inner = _inner_model(_annotation_at(model, loc))
    fields = inner.model_fields.items() if inner else ()
    return [field.alias or name for name, field in fields]


def _annotation_at(annotation: Any, loc: Sequence[int | str]) -> Any:
    for key in loc:
        annotation = _step(annotation, key)
    return annotation


def _step(annotation: Any, key: int | str) -> Any:
    """The type of what is at the key; ``annotation`` itself for a mark that pydantic adds."""
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        return next((f.annotation for n, f in fields if key in (f.alias, n)), annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) in (dict, tuple):
        return arguments[-1] if get_origin(annotation) is dict else arguments[0]
    for each in arguments:
        if _is_tagged(each, key):
            return each
    for each in arguments:
        inner = _step(each, key)
        if inner is not each:
            return inner
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_tagged(annotation: Any, tag: int | str) -> bool:
    """Whether the annotation is the variant of a union that pydantic calls by this tag."""
    kind = annotation.model_fields.get("kind") if _is_model(annotation) else None
    return kind is not None and tag in get_args(kind.annotation)


def _tags(annotation: Any) -> list[str]:
    """What the variants of a union are called by their ``kind``."""
    if _is_model(annotation):
        kind = annotation.model_fields.get("kind")
        return list(get_args(kind.annotation)) if kind else []
    return [tag for argument in get_args(annotation) for tag in _tags(argument)]


def _holds_secret(annotation: Any) -> bool:
    if _is_model(annotation):
        return any(_holds_secret(field.annotation) for field in annotation.model_fields.values())
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def _allowed(detail: ErrorDetails, context: Mapping[str, Any]) -> str:
    words = {
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "decimal_parsing": "a number",
        "decimal_type": "a number",
        "float_parsing": "a number",
        "float_type": "a number",
        "string_type": "text",
        "bool_parsing": "true or false",
        "bool_type": "true or false",
        "dict_type": "a mapping of keys to values",
        "model_type": "a mapping of keys to values",
        "list_type": "a list",
        "tuple_type": "a list",
        "too_short": "at least one entry",
        "greater_than_equal": f"a number of at least {context.get('ge')}",
        "less_than_equal": f"a number of at most {context.get('le')}",
        "model_attributes_type": "a mapping of keys to values",
        "finite_number": "a finite number",
        "invalid_key": "text as the key",
    }
    if detail["type"] in ("literal_error", "enum"):
        return str(context["expected"])
    return words.get(detail["type"], detail["msg"])


def _inner_model(annotation: Any) -> Any:
    """The model inside ``X``, ``X | None``, ``tuple[X, ...]`` or ``dict[str, X]``."""
    if _is_model(annotation):
        return annotation
    for argument in get_args(annotation):
        inner = _inner_model(argument)
        if inner is not None:
            return inner
    return None
