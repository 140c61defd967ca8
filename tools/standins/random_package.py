"""``RandomPassword``, the resource type of the ``random`` package that this project uses.

Source: ``internal/provider/resource_password.go`` of hashicorp/terraform-provider-random.
"""

from __future__ import annotations

import secrets
import string
from typing import Any

import bcrypt

from tools.standins.resource import Created, ResourceType
from tools.standins.schema import Properties, Property, between

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
BCRYPT_COST = 10
BCRYPT_LIMIT = 72
"""bcrypt reads this many bytes; the official plugin hashes no more either."""


def _keepers_differ(old: Any, new: Any) -> bool:
    """No keepers and an empty map are the same."""
    return bool((old or {}) != (new or {}))


def _create_password(inputs: Properties) -> Created:
    special = SPECIAL if inputs.get("special", True) else ""
    alphabet = string.ascii_letters + string.digits + special
    result = "".join(secrets.choice(alphabet) for _ in range(inputs["length"]))
    salt = bcrypt.gensalt(BCRYPT_COST, prefix=b"2a")
    hashed = bcrypt.hashpw(result.encode()[:BCRYPT_LIMIT], salt).decode()
    return Created("none", {"result": result, "bcryptHash": hashed})


RESOURCES = (
    ResourceType(
        token="random:index/randomPassword:RandomPassword",
        inputs={
            "keepers": Property(kind=dict, replaces=_keepers_differ),
            "length": Property(kind=int, required=True, test=between(1)),
            "special": Property(kind=bool, default=True),
        },
        constants={
            **dict.fromkeys(("upper", "lower", "number", "numeric"), True),
            **dict.fromkeys(("minUpper", "minLower", "minNumeric", "minSpecial"), 0),
        },
        outputs=frozenset({"result", "bcryptHash"}),
        secret_outputs=frozenset({"result", "bcryptHash"}),
        create=_create_password,
        schema_version=3,
    ),
)
