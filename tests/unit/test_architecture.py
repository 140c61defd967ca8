"""The map in ``docs/architecture.md``: its paths exist, and its glossary stays short."""

from __future__ import annotations

import re

import pytest

from tools import paths

TEXT = (paths.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the section's table, by row and without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_map_has_enough_rows() -> None:
    assert len(rows("To change something")) >= 15


@pytest.mark.parametrize("row", rows("To change something"), ids=lambda row: row[0])
def test_each_place_exists_and_a_change_has_three_at_most(row: list[str]) -> None:
    places = [name for name in re.findall(r"`([^`]+)`", row[1]) if "/" in name]
    assert 1 <= len(places) <= 3
    assert [name for name in places if not (paths.ROOT / name).exists()] == []


def test_each_folder_exists() -> None:
    names = [name for row in rows("How data flows") for name in re.findall(r"`([^`]+)`", row[0])]
    assert [name for name in names if not (paths.ROOT / name).exists()] == []


def test_the_glossary_has_fifteen_words_at_most() -> None:
    words = re.findall(r"\*(\w+)\*:|\*(\w+)\* are in", section("Words"))
    assert 10 <= len(words) <= 15
