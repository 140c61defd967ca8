"""The resource types of the ``random`` package.

Source: ``internal/provider/resource_*.go`` of hashicorp/terraform-provider-random.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Iterable
from typing import Any

from tools.standins.resource import Created, ResourceType
from tools.standins.schema import UNKNOWN, Failure, Kind, Properties, Property, at_least, known
from tools.standins.strings import (
    LOWER,
    NUMERIC,
    SPECIAL,
    UPPER,
    CharacterClass,
    bcrypt_hash,
    random_string,
)

MINIMA = ("minUpper", "minLower", "minNumeric", "minSpecial")
CLASSES = ("upper", "lower", "numeric", "special")


def _keepers_differ(old: Any, new: Any) -> bool:
    """A keeper without a value is as good as no keeper."""
    if old is UNKNOWN or new is UNKNOWN:
        return True
    left, right = (
        {key: value for key, value in (keepers or {}).items() if value is not None}
        for keepers in (old, new)
    )
    return left != right


def _special_differs(old: Any, new: Any) -> bool:
    """To take an empty ``overrideSpecial`` away changes nothing."""
    return new is not UNKNOWN and bool(old or new is not None)


KEEPERS = Property(kind=Kind.MAP, replaces=_keepers_differ)
_FLAG = Property(kind=Kind.BOOLEAN, default=True)
_NUMERIC = Property(kind=Kind.BOOLEAN)
_MINIMUM = Property(kind=Kind.INTEGER, default=0, test=at_least(0))

STRING_INPUTS = {
    "keepers": KEEPERS,
    "length": Property(kind=Kind.INTEGER, required=True, test=at_least(1)),
    "special": _FLAG,
    "upper": _FLAG,
    "lower": _FLAG,
    "number": _NUMERIC,
    "numeric": _NUMERIC,
    **{name: _MINIMUM for name in MINIMA},
    "overrideSpecial": Property(kind=Kind.STRING, replaces=_special_differs),
}


def _numeric_twice(planned: Properties) -> Properties:
    """``number`` is the old name of ``numeric``: the two are kept equal."""
    value = planned.get("numeric", planned.get("number", True))
    return {"number": value, "numeric": value}


def _string_failures(inputs: Properties) -> Iterable[Failure]:
    minima = [inputs.get(name, 0) for name in MINIMA]
    if known(inputs, "length") and UNKNOWN not in minima and inputs["length"] < sum(minima):
        yield Failure(
            "length",
            f"is {inputs['length']}, less than the sum of {', '.join(MINIMA)}, {sum(minima)}; "
            "raise it or lower them",
        )
    if known(inputs, "number", "numeric") and inputs["number"] != inputs["numeric"]:
        yield Failure("number", "differs from numeric; it is deprecated, set numeric only")
    flags = inputs | _numeric_twice(inputs)
    if not any(flags.get(name, True) for name in CLASSES):
        yield Failure(
            "numeric", f"no character is allowed; set one of {', '.join(CLASSES)} to true"
        )


def _draw(inputs: Properties) -> str:
    flags = inputs | _numeric_twice(inputs)
    alphabets = (UPPER, LOWER, NUMERIC, inputs.get("overrideSpecial") or SPECIAL)
    return random_string(
        inputs["length"],
        [
            CharacterClass(alphabet, inputs.get(minimum, 0), flags.get(name, True))
            for alphabet, minimum, name in zip(alphabets, MINIMA, CLASSES, strict=True)
        ],
    )


def _create_password(inputs: Properties) -> Created:
    result = _draw(inputs)
    return Created("none", {"result": result, "bcryptHash": bcrypt_hash(result)})


def _create_string(inputs: Properties) -> Created:
    result = _draw(inputs)
    return Created(result, {"result": result})


def _create_id(inputs: Properties) -> Created:
    drawn = secrets.token_bytes(inputs["byteLength"])
    prefix = inputs.get("prefix", "")
    identifier = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
    forms = {
        "b64Url": identifier,
        "b64Std": base64.b64encode(drawn).decode(),
        "hex": drawn.hex(),
        "dec": str(int.from_bytes(drawn, "big")),
    }
    return Created(identifier, {name: prefix + form for name, form in forms.items()})


def _create_bytes(inputs: Properties) -> Created:
    """The id is the secret in clear, as with the official plugin: prefer ``RandomPassword``."""
    drawn = secrets.token_bytes(inputs["length"])
    encoded = base64.b64encode(drawn).decode()
    return Created(encoded, {"base64": encoded, "hex": drawn.hex()})


def _create_uuid(_inputs: Properties) -> Created:
    """All 128 bits random, without a version in them, as hashicorp/go-uuid makes it."""
    result = str(uuid.UUID(bytes=secrets.token_bytes(16)))
    return Created(result, {"result": result})


def _create_uuid4(_inputs: Properties) -> Created:
    result = str(uuid.uuid4())
    return Created(result, {"result": result})


RESOURCES = (
    ResourceType(
        token="random:index/randomPassword:RandomPassword",
        inputs=STRING_INPUTS,
        outputs=frozenset({"result", "bcryptHash"}),
        secret_outputs=frozenset({"result", "bcryptHash"}),
        validate=_string_failures,
        derive=_numeric_twice,
        create=_create_password,
        schema_version=3,
    ),
    ResourceType(
        token="random:index/randomString:RandomString",
        inputs=STRING_INPUTS,
        outputs=frozenset({"result"}),
        validate=_string_failures,
        derive=_numeric_twice,
        create=_create_string,
        schema_version=2,
    ),
    ResourceType(
        token="random:index/randomId:RandomId",
        inputs={
            "byteLength": Property(kind=Kind.INTEGER, required=True, test=at_least(1)),
            "keepers": KEEPERS,
            "prefix": Property(kind=Kind.STRING),
        },
        outputs=frozenset({"b64Std", "b64Url", "dec", "hex"}),
        create=_create_id,
    ),
    ResourceType(
        token="random:index/randomBytes:RandomBytes",
        inputs={
            "keepers": Property(kind=Kind.MAP),
            "length": Property(kind=Kind.INTEGER, required=True, test=at_least(1)),
        },
        outputs=frozenset({"base64", "hex"}),
        secret_outputs=frozenset({"base64", "hex"}),
        create=_create_bytes,
        id_in_state=False,
    ),
    ResourceType(
        token="random:index/randomUuid:RandomUuid",
        inputs={"keepers": KEEPERS},
        outputs=frozenset({"result"}),
        create=_create_uuid,
    ),
    ResourceType(
        token="random:index/randomUuid4:RandomUuid4",
        inputs={"keepers": KEEPERS},
        outputs=frozenset({"result"}),
        create=_create_uuid4,
    ),
)
