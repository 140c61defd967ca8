"""What looks like a secret: names, URLs, keys. Pure functions on text, which they never repeat.

How secrets stand in the words of a command is in :mod:`.secret_arguments`.
"""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE"
    r"|(^|_)(PASS|TOKEN|SECRET|CREDENTIALS?|(DB|USER|ROOT|ADMIN)_?PWD"
    r"|(ACCESS|APP|AUTH|BEARER|CLIENT|JWT|REFRESH|SESSION)(TOKEN|SECRET)"
    r"|(DB|KEY|MASTER|REQUIRE|STORE|USER)PASS|MASTER_?AUTH"
    r"|API_?KEY|(ACCESS|ACCOUNT|AUTH|ENCRYPTION|PRIVATE|SECRET|SIGNING)_?KEY))$"
)
# A switch that is called after a secret, such as ALLOW_EMPTY_PASSWORD, holds none.
_SWITCHES = frozenset({"", "0", "1", "true", "false", "yes", "no", "on", "off"})
_REFERENCE = re.compile(r"(\$\([^)]*\)|\$\{[^}]*\}|\$\w+|`[^`]*`)+")
# Where a secret is, and what a template puts in: /run/secrets/key, file:key, {{ .Key }}, %s, <key>.
_ELSEWHERE = re.compile(
    r"(\.{0,2}|~)(/[\w.@-]+)+/?|(arn|env|file|op|vault):.*|\{\{.*\}\}|%(\w|\w+%|[({].*[)}])|<[^>]*>",
    re.S,
)
_URL_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@:]*:(?P<password>[^\s/?#@]+)@", re.I)
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][\w.-]*)=(?P<value>.+)", re.S)
_DSN_PASSWORD = re.compile(r"[^\s:@/]+:(?P<password>[^\s@]+)@(tcp|udp|unix)\(", re.I)
_ASSIGNED = re.compile(
    r"""(?:^|[\s;,&?{'"])-{0,2}(?P<name>[A-Za-z][\w.-]*)(?:=|\s=\s)"""
    r"""(?P<value>"[^"]*"|'[^']*'|(?:\$\([^)]*\)|\$\{[^}]*\}|\{\{.*?\}\}|[^\s;&,'"])+)"""
)
_JSON = re.compile(r"""["'](?P<name>[A-Za-z][\w.-]*)["']\s*:\s*["'](?P<value>[^"']*)["']""")
_AUTHORIZATION = re.compile(
    r"""authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token)\s+)?(?P<value>[^\s"',]+)""", re.I
)
_BEARER = re.compile(r"(?:bearer|basic)\s+(?P<value>(?=[A-Za-z]*[^A-Za-z])\S{6,})", re.I)
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----")
_TOKEN = re.compile(
    r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|[rs]k_live_[A-Za-z0-9]{10,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})"
)


def is_secret_name(name: str) -> bool:
    """Whether a variable or a flag of this name holds a secret: DB_PASSWORD, apiKey, auth-token.

    Names that say where a secret is, such as PASSWORD_FILE or TOKEN_URL, do not.
    """
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", name)).upper()
    return bool(_SECRET_NAME.search(words))


def is_literal(value: object) -> bool:
    """Whether it is more than a switch, a file, or a reference to other variables: ``$(NAME)``."""
    text = str(value).strip()
    known = _REFERENCE.fullmatch(text) or _ELSEWHERE.fullmatch(text)
    return text.lower() not in _SWITCHES and not known


def has_private_key(text: str) -> bool:
    """Whether a private key in PEM is in the text."""
    return bool(_PRIVATE_KEY.search(text))


def holds_secret(text: str) -> bool:
    """Whether the text itself gives a secret away, whatever it is called.

    That is a private key, a token of a well-known form, a header that authorizes, a URL or another
    address with a password, or a setting of a name such as ``password``.
    """
    passwords = (*_URL_PASSWORD.finditer(text), *_DSN_PASSWORD.finditer(text))
    return (
        has_private_key(text)
        or bool(_TOKEN.search(text))
        or any(not _REFERENCE.fullmatch(found["password"]) for found in passwords)
        or _authorizes(text)
        or _assigns_secret(text)
    )


def _authorizes(text: str) -> bool:
    headers = [*_AUTHORIZATION.finditer(text)]
    whole = _BEARER.fullmatch(text.strip())
    return any(is_literal(one["value"]) for one in (*headers, *([whole] if whole else ())))


def _assigns_secret(text: str) -> bool:
    """Whether there is ``password=...`` in it, or ``"password": "..."``."""
    return any(
        (is_setting(found["name"]) and is_literal(found["value"].strip("'\"")))
        or _assigns_secret(found["value"])
        for found in (*_ASSIGNED.finditer(text), *_JSON.finditer(text))
    )


def is_setting(name: str) -> bool:
    """Whether a setting of this name holds a secret: as :func:`is_secret_name`, and ``pwd``.

    The variable PWD is the shell's working directory.
    """
    return is_secret_name(name) or name.lower() == "pwd"


def is_secret_flag(argument: str) -> bool:
    """Whether a command's argument is ``--password=...`` or the like, with a literal value."""
    flag = _FLAG.fullmatch(argument)
    return flag is not None and is_secret_name(flag["name"]) and is_literal(flag["value"])
