"""The page on the lab: its manifests are stopped as it says, and the tests that it names exist."""

from __future__ import annotations

import pytest

from tests.policy.support import violations
from tests.support import lab_page
from tools import paths


@pytest.mark.parametrize("rule", lab_page.stopped())
def test_the_policy_stops_what_the_lab_wrote(rule: str) -> None:
    assert violations(rule, *lab_page.stopped()[rule])


def test_every_policy_is_about_another_step() -> None:
    assert len(lab_page.stopped()) == lab_page.TEXT.count("stopped by linkerd-")


@pytest.mark.parametrize(("file", "name"), lab_page.named_tests())
def test_the_tests_that_the_page_names_exist(file: str, name: str) -> None:
    assert f"\ndef {name}(" in (paths.ROOT / file).read_text(encoding="utf-8")
