from __future__ import annotations

import pytest

from linkerd_policies.shared.durations import go_seconds, linkerd_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("1.s", 1),
        ("2h", 7200),
        ("3us", 3e-6),
        ("3\u00b5s", 3e-6),
        ("3\u03bcs", 3e-6),
        ("0", 0),
    ],
)
def test_go_durations(text: str, seconds: float) -> None:
    assert go_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "1d", "10", "s", "1 s", "1s ", "-1s", "1s2", 5, None, "1e3s", "\uff11s"]
)
def test_what_is_no_go_duration(text: object) -> None:
    assert go_seconds(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("2s", 2), ("1m", 60), ("1h", 3600), ("1d", 86400)]
)
def test_linkerd_durations(text: str, seconds: float) -> None:
    assert linkerd_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "1.5s", "10", "1m30s", "1us", "-1s", 5, None, "\uff11s"])
def test_what_is_no_linkerd_duration(text: object) -> None:
    assert linkerd_seconds(text) is None
