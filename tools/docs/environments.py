"""The table of the settings that differ between the stacks, in ``docs/environments.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import yaml
from pydantic import SecretStr

from components.config.problems import ConfigurationError, located
from components.config.stack.settings import Settings
from components.config.validation import Model, validate
from tools import paths
from tools.docs import marks

STACKS = ("local", "dev", "staging", "prod")
_PREFIX = "linkerd-platform:"


def present() -> str:
    """The table of the stacks' present files."""
    return table({name: _settings(name) for name in STACKS})


def table(stacks: Mapping[str, Settings]) -> str:
    """A line for each setting that differs between the stacks; it shows defaults, and no secret."""
    values = {name: dict(_values("", settings)) for name, settings in stacks.items()}
    every_path = sorted({path for found in values.values() for path in found})
    lines = [["setting", *stacks]]
    for path in every_path:
        cells = [found.get(path, "") for found in values.values()]
        if len(set(cells)) > 1:
            lines.append([f"`{path}`", *cells])
    return marks.table(lines)


def _settings(stack: str) -> Settings:
    file = f"Pulumi.{stack}.yaml"
    document = yaml.safe_load((paths.ROOT / file).read_text(encoding="utf-8"))
    raw = {
        key.removeprefix(_PREFIX): _without_ciphertext(v) for key, v in document["config"].items()
    }
    settings, findings = validate(Settings, raw)
    if settings is None:
        raise ConfigurationError(located(file, findings))
    return settings


def _without_ciphertext(value: Any) -> Any:
    """The value with a placeholder for each encrypted one."""
    if isinstance(value, dict):
        encrypted = value.keys() == {"secure"}
        return (
            "encrypted"
            if encrypted
            else {k: _without_ciphertext(inner) for k, inner in value.items()}
        )
    return [_without_ciphertext(inner) for inner in value] if isinstance(value, list) else value


def _values(prefix: str, model: Model) -> Iterator[tuple[str, str]]:
    for name, field in type(model).model_fields.items():
        path, value = f"{prefix}{field.alias or name}", getattr(model, name)
        if isinstance(value, Model):
            yield from _values(f"{path}.", value)
        else:
            yield path, _cell(value)


def _cell(value: Any) -> str:
    if value is None or value == {} or value == ():
        return ""
    return marks.value(_plain(value))


def _plain(value: Any) -> Any:
    """The value as YAML would hold it; of secrets only the keys."""
    if isinstance(value, Model):
        return _plain({type(value).model_fields[k].alias: getattr(value, k) for k in _set(value)})
    if isinstance(value, Mapping):
        hidden = value and all(isinstance(inner, SecretStr) for inner in value.values())
        return sorted(value) if hidden else {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, SecretStr):
        return "secret"
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _set(model: Model) -> list[str]:
    return [name for name in type(model).model_fields if name in model.model_fields_set]
