"""Random strings with a floor for each class of character, and their bcrypt hash."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import bcrypt

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
NUMERIC = "0123456789"
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
BCRYPT_COST = 10
BCRYPT_LIMIT = 72
"""bcrypt looks at this many bytes; the official plugin hashes no more."""


class CharacterClass(NamedTuple):
    """The characters, how many of them at least, and whether the rest may be drawn from them."""

    characters: str
    minimum: int
    enabled: bool


def random_string(length: int, classes: list[CharacterClass]) -> str:
    """``length`` characters from the system's secure source, in random order.

    A class that is not enabled still fills its minimum, as in the official plugin.
    """
    drawn = [secrets.choice(one.characters) for one in classes for _ in range(one.minimum)]
    alphabet = "".join(one.characters for one in classes if one.enabled)
    drawn += [secrets.choice(alphabet) for _ in range(length - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)


def bcrypt_hash(text: str) -> str:
    """The bcrypt hash (``$2a$``, cost 10) of the first 72 bytes of ``text``."""
    salt = bcrypt.gensalt(BCRYPT_COST, prefix=b"2a")
    return bcrypt.hashpw(text.encode()[:BCRYPT_LIMIT], salt).decode()
