"""The base of all configuration models, and pydantic's errors in this project's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from components.config.problems import Problem, nearest, one_of, shown

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


def validate(
    model: type[M], data: Any, *, file: str, prefix: tuple[str, ...] = ()
) -> tuple[M | None, list[Problem]]:
    """Validate plain data against a model.

    ``prefix`` is the path of ``data`` inside ``file``. Returns the model, or ``None`` and every
    problem.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        details = _told_once(error.errors(include_url=False))
        return None, [_problem(detail, model, data, file, prefix) for detail in details]


def _told_once(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the complaint that a list is too short where an entry of it is wrong.

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


def _problem(
    detail: ErrorDetails, model: type[Model], data: Any, file: str, prefix: tuple[str, ...]
) -> Problem:
    found, allowed, fix = _words(detail, model)
    return Problem(
        file=file,
        path=".".join((*prefix, *_path(detail["loc"], data))) or "(the file)",
        found=found,
        allowed=allowed,
        fix=fix,
    )


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


def _words(detail: ErrorDetails, model: type[Model]) -> tuple[str, str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    found = shown(detail["input"])
    if _may_be_secret(model, detail["loc"]):
        found = "a value of another kind (not shown: a secret may be in it)"
    if kind == "missing":
        return "nothing", "a value", "Add the key."
    if kind == "extra_forbidden":
        return _unknown_key(str(detail["loc"][-1]), _keys_at(model, detail["loc"][:-1]))
    if kind == "refused":
        return found, str(context["allowed"]), str(context["fix"])
    return found, _allowed(detail, context), "Correct the value."


def _may_be_secret(model: type[Model], loc: Sequence[int | str]) -> bool:
    """Whether the field at this location is a secret, or a model that holds one."""
    annotation: Any = model
    for key in loc:
        annotation = _field_annotation(annotation, key)
    return _holds_secret(annotation)


def _field_annotation(annotation: Any, key: int | str) -> Any:
    model = _inner_model(annotation)
    for name, field in model.model_fields.items() if model else ():
        if key in (field.alias, name):
            return field.annotation
    return annotation


def _holds_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_holds_secret(field.annotation) for field in annotation.model_fields.values())
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def _unknown_key(key: str, known: Sequence[str]) -> tuple[str, str, str]:
    near = nearest(key, known)
    fix = f"Did you mean `{near}`?" if near else "Delete the key or correct its name."
    return f'the unknown key "{key}"', one_of(known), fix


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
        "union_tag_not_found": f"a mapping with `kind`: {context.get('expected_tags', '')}",
        "union_tag_invalid": str(context.get("expected_tags")),
    }
    if detail["type"] in ("literal_error", "enum"):
        return str(context["expected"])
    return words.get(detail["type"], detail["msg"])


def _keys_at(model: type[Model], loc: Sequence[int | str]) -> list[str]:
    """The keys that the model at this location knows."""
    current: Any = model
    for key in loc:
        current = _step(current, key)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _step(current: Any, key: int | str) -> Any:
    if isinstance(current, type) and issubclass(current, BaseModel):
        for name, field in current.model_fields.items():
            if key in (field.alias, name):
                return _inner_model(field.annotation)
    return current


def _inner_model(annotation: Any) -> Any:
    """The model inside ``X``, ``X | None``, ``tuple[X, ...]`` or ``dict[str, X]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        inner = _inner_model(argument)
        if inner is not None:
            return inner
    return None
