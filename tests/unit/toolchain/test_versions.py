from __future__ import annotations

import pytest

from tools.toolchain.versions import Range, find


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.220.0\n", "3.220.0"),
        ("etcd Version: 3.6.5\nGit SHA: abc\nGo Version: go1.26.8", "3.6.5"),
        ("kwok version v0.8.0 go1.26.8 (linux/amd64)", "0.8.0"),
        ("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", "1.32.4"),
        ("no number 7 here", None),
        ("", None),
    ],
)
def test_first_dotted_number_is_the_version(text: str, version: str | None) -> None:
    assert find(text) == version


@pytest.mark.parametrize(
    ("version", "inside"),
    [("1.34", True), ("1.34.0", True), ("1.36.9", True), ("1.33.9", False), ("1.37.0", False)],
)
def test_range_holds_its_low_end_and_not_its_high_end(version: str, inside: bool) -> None:
    assert (version in Range("1.34", "1.37")) is inside


def test_numbers_are_compared_as_numbers() -> None:
    assert "1.100.0" in Range("1.34", "2")
    assert "3.9" not in Range("3.200", "4")
