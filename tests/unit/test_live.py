"""A line that tells how far something is: rewritten on a terminal, rare elsewhere."""

from __future__ import annotations

import io

import pytest

from tools import live


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminals_line_is_rewritten_and_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    out = Terminal()
    with live.Line(out) as line:
        line.show("1 of 230 created")
        line.show("1 of 230 created")  # nothing new to write
        line.say("stays")
        line.show("2 of 9")
    clear = "\r\x1b[2K"
    assert out.getvalue() == f"{clear}1 of 230…{clear}stays\n{clear}2 of 9{clear}"


def test_elsewhere_a_line_is_printed_now_and_then() -> None:
    out, clock = io.StringIO(), Clock()
    with live.Line(out, clock) as line:
        for clock.now in range(0, 1201):
            line.show(f"{clock.now} s")
    # After 15 s, 30 s more, and so on; at most 4 minutes pass without one.
    shown = [15, 45, 105, 225, 465, 705, 945, 1185]
    assert out.getvalue() == "".join(f"{seconds} s\n" for seconds in shown)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.31, "0.3 s"), (59.6, "1 min 0 s"), (12.2, "12 s"), (605, "10 min 5 s")]
)
def test_duration(seconds: float, text: str) -> None:
    assert live.duration(seconds) == text
