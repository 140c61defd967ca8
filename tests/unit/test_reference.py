"""The generated references say what the models say."""

from __future__ import annotations

import pytest

from tools.docs import reference


@pytest.mark.parametrize(("name", "text"), reference.pages().items())
def test_page_is_up_to_date(name: str, text: str) -> None:
    assert (reference.DOCS / name).read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_key_of_every_model_stands_in_a_table() -> None:
    page = reference.pages()["catalogue.md"]
    for key in ("gateway", "circuitBreaker", "minRetriesPerSecond", "keepVolumes"):
        present = f"| `{key}` |" in page
        assert present == (key != "keepVolumes")
