"""The pages for people: every link leads somewhere, and the README stays a page for newcomers.

The site's strict build checks pages and anchors inside ``docs/``; here are the pages outside of it,
and files and pictures.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import reference
from commands.verbs import VERBS
from tools import paths
from tools.docs import picture

DOCS = paths.ROOT / "docs"
PAGES = sorted(
    [
        *paths.ROOT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *(paths.ROOT / "policy").glob("*.md"),
        *(paths.ROOT / "examples").rglob("*.md"),
    ]
)
_FENCE = re.compile(r"^ *```.*?^ *```", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(page: Path) -> Iterator[str]:
    """The page's links inside of the repository."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return (link for link in _LINK.findall(text) if "://" not in link)


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub and the site make them, and its own ones."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    own = re.findall(r'(?:id|name)="([^"]+)"', text)
    return {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings} | {
        *own
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(paths.ROOT)))
def test_every_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        lost = anchor and target.suffix == ".md" and anchor not in anchors(target)
        if not target.exists() or lost:
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_the_site_has_all_that_its_pages_link(page: Path) -> None:
    outside = [
        link
        for link in links(page)
        if not (page.parent / link.partition("#")[0]).resolve().is_relative_to(DOCS)
    ]
    assert outside == []


def test_every_page_is_in_the_sites_menu_and_on_its_start_page() -> None:
    site = tomllib.loads((paths.ROOT / "zensical.toml").read_text(encoding="utf-8"))
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert set(_leaves(site["project"]["nav"])) == pages
    linked = {link.partition("#")[0] for link in links(DOCS / "index.md")}
    assert pages - {"index.md"} <= linked


def _leaves(menu: list[dict[str, Any]]) -> Iterator[str]:
    for entry in menu:
        for value in entry.values():
            yield from [value] if isinstance(value, str) else _leaves(value)


def test_the_readme_is_short() -> None:
    assert len((paths.ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_page_of_commands_is_up_to_date_and_names_them_all() -> None:
    makefile = (paths.ROOT / "Makefile").read_text(encoding="utf-8")
    page = reference.page(makefile)
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == page, "run `make docs`"
    found = {each.name: each for each in reference.targets(makefile)}
    assert {verb.name for verb in VERBS} <= found.keys()
    assert found["canary"].variables == ("STACK", "SERVICE", "WEIGHT", "FORCE", "YES")
    assert found["up"].runs_a_verb
    assert not found["test"].runs_a_verb


def test_a_picture_shows_a_terminals_text() -> None:
    svg = picture.drawn("\x1b[32m2/2\x1b[0m ready")
    assert svg.startswith("<svg")
    assert "2/2" in svg
    assert picture.drawn("same") == picture.drawn("same")
