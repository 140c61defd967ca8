"""The engine's output for people: nothing twice, and the reason of a failure at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from commands.deploy import events
from commands.preview import reading

MOST_LINES = 12
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SECTION = "Diagnostics:"
_RESOURCE = re.compile(r"  \S+ \(.+\):\s*")
_WARNING = re.compile(r"\s*warning:\s*(.*)")
# While a run goes on, and again in its diagnostics.
_PASSING = re.compile(r"\s+\S+:\S+ .* warning:\s.*")


def shown(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a run without the warnings about plugins, and with each other warning once.

    A heading of the diagnostics below which nothing is left goes, too.
    """
    said: set[str] = set()
    held: list[str] = []
    inside = False
    for line in lines:
        text = _ANSI.sub("", line).rstrip()
        if text and not text.startswith(" "):
            held.clear()
            inside = text == _SECTION
        if inside and (text == _SECTION or _RESOURCE.fullmatch(text)):
            del held[1 if held[:1] and _is_section(held[0]) else 0 :]
            held.append(line)
        elif _is_noise(text, said, passing=not inside) or (held and not text):
            continue
        else:
            yield from held
            held.clear()
            yield line


def _is_section(line: str) -> bool:
    return _ANSI.sub("", line).rstrip() == _SECTION


def _is_noise(text: str, said: set[str], *, passing: bool) -> bool:
    if passing and _PASSING.fullmatch(text):
        return True
    warning = _WARNING.fullmatch(text)
    if warning is None:
        return False
    message = warning[1]
    if message in said or message.startswith(reading.EXPECTED):
        return True
    said.add(message)
    return False


def failure(command: str, log: Iterable[events.Event]) -> str | None:
    """Why a run failed, and what to do: the last lines of its output; ``None`` without a reason."""
    reasons = reading.reasons(log)
    if not reasons:
        return None
    return (
        f"`pulumi {command}` failed:\n"
        + "".join(_indented(reason) for reason in reasons)
        + "Correct that, and run the same command again: it goes on from where this one stopped."
    )


def _indented(reason: str) -> str:
    lines = reason.splitlines()
    rest = len(lines) - MOST_LINES
    more = [f"... {rest} more lines above"] if rest > 0 else []
    return "".join(f"  {line}\n" for line in [*lines[:MOST_LINES], *more])
