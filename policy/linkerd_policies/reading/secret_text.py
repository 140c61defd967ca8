"""What looks like a secret: names, URLs, keys. Pure functions on text, which they never repeat."""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE"
    r"|(^|_)(PASS|TOKEN|SECRET|CREDENTIALS?|(DB|USER|ROOT|ADMIN)_?PWD"
    r"|API_?KEY|(ACCESS|AUTH|ENCRYPTION|PRIVATE|SECRET|SIGNING)_?KEY))$"
)
# A switch that is called after a secret, such as ALLOW_EMPTY_PASSWORD, holds none.
_SWITCHES = frozenset({"", "0", "1", "true", "false", "yes", "no", "on", "off"})
_REFERENCE = re.compile(r"(\$\([^)]*\)|\$\{[^}]*\})+")
_URL_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@:]*:(?P<password>[^\s/?#@]+)@", re.I)
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][\w.-]*)=(?P<value>.+)", re.S)
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----")
_TOKEN = re.compile(
    r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|[rs]k_live_[A-Za-z0-9]{10,})"
)


def is_secret_name(name: str) -> bool:
    """Whether a variable or a flag of this name holds a secret: DB_PASSWORD, apiKey, auth-token.

    Names that say where a secret is, such as PASSWORD_FILE or TOKEN_URL, do not.
    """
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", name)).upper()
    return bool(_SECRET_NAME.search(words))


def is_literal(value: object) -> bool:
    """Whether it is more than a switch or a reference to other variables: ``$(NAME)``."""
    text = str(value).strip()
    return text.lower() not in _SWITCHES and not _REFERENCE.fullmatch(text)


def has_private_key(text: str) -> bool:
    """Whether a private key in PEM is in the text."""
    return bool(_PRIVATE_KEY.search(text))


def holds_secret(text: str) -> bool:
    """Whether the text itself gives a secret away, whatever it is called.

    That is a private key, a token of a well-known form, or a URL with a password.
    """
    passwords = (found["password"] for found in _URL_PASSWORD.finditer(text))
    return (
        has_private_key(text)
        or bool(_TOKEN.search(text))
        or any(not _REFERENCE.fullmatch(password) for password in passwords)
    )


def is_secret_flag(argument: str) -> bool:
    """Whether a command's argument is ``--password=...`` or the like, with a literal value."""
    flag = _FLAG.fullmatch(argument)
    return flag is not None and is_secret_name(flag["name"]) and is_literal(flag["value"])
