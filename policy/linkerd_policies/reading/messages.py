"""How violations are worded: they name paths, and show a value only if it can be no secret."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from linkerd_policies.framework.objects import KubeObject
from linkerd_policies.framework.wording import nearest
from linkerd_policies.reading import linkerd

_MEASURE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?(ns|us|ms|s|m|h|d)?")
_WORDS = frozenset(
    {*linkerd.STRICT_POLICIES, *linkerd.WEAK_POLICIES, *linkerd.INJECTED, "disabled", "true", ""}
)


def shown(value: Any) -> str:
    """``value`` if it is a number, a duration or one of Linkerd's words, else a description.

    Policies see secrets in clear, and cannot distinguish them from other text. So no other text
    is shown.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}"
    if isinstance(value, str) and (value in _WORDS or _MEASURE.fullmatch(value)):
        return f'"{value}"'
    if value is None:
        return "nothing"
    return "text that Linkerd does not know" if isinstance(value, str) else "something else"


def annotation(key: str, parent: str = "metadata") -> str:
    """The path of an annotation."""
    return f'{parent}.annotations["{key}"]'


def suggestion(word: str, known: Sequence[str]) -> str:
    """The known word that ``word`` probably means, else all of them."""
    meant = nearest(word, known)
    return f"did you mean {meant}?" if meant else f"there are {', '.join(sorted(known))}"


def must_be_plain(obj: KubeObject, path: str) -> str:
    """The violation for a value that the preview cannot know."""
    return (
        f"Write {path} of {obj} as a plain value: it is an Output that the preview does not know, "
        "so the rule cannot be checked before something changes."
    )
