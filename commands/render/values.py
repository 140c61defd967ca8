"""Values in the engine's protocol: secrets, unknown values and numbers."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from pulumi.runtime import rpc

SECRET = "<secret>"
UNKNOWN = "<known after deployment>"

_SIGNATURE = rpc._special_sig_key
_SECRET_SIGNATURE = rpc._special_secret_sig


def plain(struct: Any) -> dict[str, Any]:
    """A protobuf ``Struct`` as plain data, with whole numbers as ``int``."""
    found: dict[str, Any] = whole(json_format.MessageToDict(struct))
    return found


def whole(value: Any) -> Any:
    """The value with ``int`` for whole numbers, which the engine's protocol has as floats."""
    if isinstance(value, dict):
        return {key: whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def written(value: Any) -> Any:
    """The value for a file, with placeholders for secrets and unknown values."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET_SIGNATURE:
            return _hidden(value["value"])
        return {key: written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [written(inner) for inner in value]
    return UNKNOWN if value == rpc.UNKNOWN else value


def _hidden(value: Any) -> Any:
    """A placeholder. The keys of a Secret stay: people who create it elsewhere need them."""
    return dict.fromkeys(value, SECRET) if isinstance(value, dict) else SECRET
