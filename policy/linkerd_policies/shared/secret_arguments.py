"""Secrets among the words of a command: ``--password x``, ``sh -c "app --password=x"``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from linkerd_policies.shared.secret_text import (
    holds_secret,
    is_literal,
    is_secret_flag,
    is_secret_name,
    is_setting,
)

_WORD = re.compile(
    r"""(?:\$\([^)]*\)|\$\{[^}]*\}|\{\{.*?\}\}|`[^`]*`|"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|<>()'"`\\])+|[;&|]""",
    re.S,
)
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][\w.-]*)")
_HEADER = re.compile(r"(?P<name>[A-Za-z]\w*(?:(?:-\w+)+(?=:)|(?=:\s))):\s*(?P<value>\S.*)", re.S)
_SWITCH = re.compile(
    r"-*(allow|ask|create|delete|disable|enable|generate|get|ignore|list|no|print|prompt|require"
    r"|reset|rotate|show|skip|use|with|without)[-_.]",
    re.I,
)
_WAYS = re.compile(
    r"anonymous|any|basic|cert|digest|disabled|enabled|jwt|kerberos|ldap|md5|m?tls|none|oauth2?|oidc"
    r"|optional|password|plain|required|saml|scram-sha-256|token|trust|webhook",
    re.I,
)
"""Values of a flag ``--auth`` that name a way to authenticate."""

_SHORT: Mapping[str, str] = {
    "redis-cli": "-a",
    "sshpass": "-p",
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport"), "-p"),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami"), "-w"),
    "sqlcmd": "-P",
}
"""Short flags that are followed by a password, by program."""

_ATTACHED = re.compile(r"(mysql|mariadb)([a-z_-]*)")
"""Programs whose ``-p`` has the password attached."""

_DEPTH = 3


def secret_arguments(arguments: Sequence[str | None]) -> Iterator[int]:
    """The positions of the arguments that hold a secret. ``None`` may be any text."""
    marked = _marked(arguments)
    for index, word in enumerate(arguments):
        if index in marked or (word is not None and gives_away(word)):
            yield index


def is_secret_variable(name: str, value: str) -> bool:
    """Whether a variable holds a secret, by its name or by the form of its value."""
    return (is_secret_name(name) and is_literal(value)) or gives_away(value)


def _marked(words: Sequence[str | None]) -> set[int]:
    """The positions of words that the words before them make a secret."""
    found, program = set(), ""
    for index, word in enumerate(words):
        if word is None:
            continue
        following = words[index + 1] if index + 1 < len(words) else ""
        if following is None or _can_be_value(following):
            login = program == "curl" and word in ("-u", "--user") and _is_login(following)
            if login or _names_secret(word, following) or _SHORT.get(program) == word:
                found.add(index + 1)
        if _ATTACHED.fullmatch(program) and word.startswith("-p") and is_literal(word[2:]):
            found.add(index)
        name = word.rsplit("/", 1)[-1]
        if name in _SHORT or name == "curl" or _ATTACHED.fullmatch(name):
            program = name
    return found


def _can_be_value(word: str) -> bool:
    return not word.startswith("-") and word not in (";", "&", "|") and is_literal(word)


def _names_secret(word: str, following: str | None) -> bool:
    """Whether the word is a flag such as ``--password``, whose value is the following word."""
    flag = _FLAG.fullmatch(word)
    if flag is None or _SWITCH.match(flag["name"]):
        return False
    if flag["name"].lower() == "auth":
        return following is not None and not _WAYS.fullmatch(following)
    return is_setting(flag["name"])


def _is_login(word: str | None) -> bool:
    _, colon, password = (word or "").partition(":")
    return bool(colon) and is_literal(password)


def gives_away(text: str, depth: int = _DEPTH) -> bool:
    """Whether one argument or variable, which may be a script or options, holds a secret."""
    if holds_secret(text) or is_secret_flag(text) or _is_other_secret(text):
        return True
    words = [_unquoted(found[0]) for found in _WORD.finditer(text)]
    if depth == 0 or words == [text]:
        return False
    return bool(_marked(words)) or any(gives_away(word, depth - 1) for word in words)


def _is_other_secret(text: str) -> bool:
    """A flag ``--auth=...`` or ``--pwd=...``, or a header ``X-Api-Key: ...``."""
    name, equals, value = text.partition("=")
    if equals and _FLAG.fullmatch(name) and is_literal(value):
        bare = name.lstrip("-").lower()
        if bare == "pwd" or (bare == "auth" and not _WAYS.fullmatch(value)):
            return True
    header = _HEADER.fullmatch(text)
    return header is not None and is_setting(header["name"]) and is_literal(header["value"])


def _unquoted(word: str) -> str:
    return re.sub(r"""\\(.)|["']""", r"\1", word, flags=re.S)
