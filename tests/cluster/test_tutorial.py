"""The tutorial of a new service, followed to the letter on the deployed platform."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.checkout import SECONDS, Project
from tests.support.commands import run
from tools import paths

TUTORIAL = paths.ROOT / "docs/tutorials/new-service.md"


@dataclass(frozen=True)
class Block:
    """A fenced block of the page: its language with what follows, and its text."""

    kind: str
    text: str


def blocks() -> list[Block]:
    fenced = re.findall(
        r"^```(\S[^\n]*)\n(.*?)^```$", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL
    )
    return [Block(kind, text) for kind, text in fenced]


@pytest.fixture
def reader(platform: Project) -> Iterator[Project]:
    """The platform as a reader of the page finds it, and as the other tests do afterwards."""
    shutil.copy(paths.ROOT / "Makefile", platform.root)
    catalogue = platform.root / "services.yaml"
    before = catalogue.read_text()
    yield platform
    catalogue.write_text(before)
    platform.update()


def shell(root: Path, command: str) -> str:
    """What a command says. The tools stand already, so that `make` need not look for them."""
    command = re.sub(r"^make ", "make --no-print-directory -o tools ", command)
    return run(["bash", "-c", command], root, seconds=SECONDS).passed()


def test_the_tutorial_does_what_it_says(reader: Project) -> None:
    catalogue = reader.root / "services.yaml"
    written, said, followed = "", "", 0
    for block in blocks():
        if block.kind == "sh":
            said = shell(reader.root, block.text.strip())
        elif block.kind == "text":
            for line in block.text.splitlines():
                assert line in said, f"{line!r} is not in\n{said[-5000:]}"
        elif block.kind == "yaml written":
            written = block.text
            assert f"\n\n{written}\nstores:" in catalogue.read_text()
        else:
            assert block.kind == "yaml edit"
            key = block.text.splitlines()[0]
            edited = written[: written.index(key)] + block.text
            reader.edit("services.yaml", written, edited)
        followed += 1
    assert followed == 11
    gateway = reader.get("deployment", "api-gateway", "-n", reader.namespace)
    env = {e["name"]: e for e in gateway["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env["REVIEWS_SERVICE_URL"]["value"] == "http://reviews-service:8080"
