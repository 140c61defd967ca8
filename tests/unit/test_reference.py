"""The generated references say what the models say, and every key explains itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.config.validation import Model
from tools import paths
from tools.docs import marks, reference

PAGES = reference.pages()
SCHEMAS = ("schema/services.json", "schema/settings.json")


def descriptions(schema: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The description of every key at any depth; empty for a key without one."""
    if isinstance(schema, list):
        for each in schema:
            yield from descriptions(each, path)
    if not isinstance(schema, dict):
        return
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}", inner.get("description", "")
    for name, inner in schema.items():
        yield from descriptions(inner, f"{path}.{name}")


def is_explained(text: str) -> bool:
    """Whether the text is one or two sentences that end with a full stop."""
    return text.endswith(".") and len(re.findall(r"[.!?](?=\s|$)", text)) <= 2


def unexplained(schema: Any) -> list[str]:
    """The keys that lack a description of one or two sentences."""
    return [path for path, text in descriptions(schema) if not is_explained(text)]


@pytest.mark.parametrize(("name", "text"), PAGES.items())
def test_page_is_up_to_date(name: str, text: str) -> None:
    assert (reference.DOCS / name).read_text(encoding="utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_explains_itself_in_one_or_two_sentences(name: str) -> None:
    schema = json.loads(PAGES[name])
    assert unexplained(schema) == [], "write a docstring under the field"
    assert all(model["description"] for model in schema["$defs"].values())


@pytest.mark.parametrize("model", [Catalogue, Settings])
def test_every_field_of_every_model_is_among_the_explained_keys(model: type[Model]) -> None:
    whole = model.model_json_schema()
    keys = {f".{key}" for key in whole["properties"]}
    keys |= {f".$defs.{n}.{key}" for n, one in whole["$defs"].items() for key in one["properties"]}
    assert {path for path, _ in descriptions(reference.schema(model))} == keys


class Undocumented(Model):
    """A model with a key that says nothing."""

    explained: int = 0
    """A key that says something."""

    silent: int = 0
    endless: int = 0
    """One. Two. Three."""


class Outer(Model):
    """A model that holds another one."""

    inner: Undocumented | None = None
    """A key whose own keys are looked at, too."""


def test_a_key_without_an_explanation_is_found_at_any_depth() -> None:
    inner = ".$defs.Undocumented"
    assert unexplained(reference.schema(Outer)) == [f"{inner}.silent", f"{inner}.endless"]


def test_every_key_of_every_model_stands_in_a_table() -> None:
    page = PAGES["catalogue.md"]
    for key in ("gateway", "circuitBreaker", "minRetriesPerSecond", "keepVolumes"):
        present = f"| `{key}` |" in page
        assert present == (key != "keepVolumes")


@pytest.mark.parametrize(
    ("name", "model"), [("catalogue.md", Catalogue), ("configuration.md", Settings)]
)
def test_tables_show_the_meaning_of_every_key(name: str, model: type[Model]) -> None:
    rows = [line for line in PAGES[name].splitlines() if line.startswith("| `")]
    meanings = [row.rpartition(" | ")[2].removesuffix(" |") for row in rows]
    assert sorted(meanings) == sorted(text for _, text in descriptions(reference.schema(model)))


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("release", "`'2.20'`"),  # bare, it would be the number 2.2
        ("pods", "`{preStopSeconds: 5, terminationGraceSeconds: 45}`"),
        ("linkerd", "the defaults of [Linkerd](#linkerd)"),
        ("canaries", ""),
        ("endpoint", "required"),
    ],
)
def test_defaults_are_shown_as_yaml(key: str, default: str) -> None:
    row = next(r for r in PAGES["configuration.md"].splitlines() if r.startswith(f"| `{key}` |"))
    assert row.split(" | ")[2] == default


def test_a_pipe_stays_inside_its_cell() -> None:
    assert marks.table([["key"], ["a | b"]]).splitlines()[-1] == "| a \\| b |"


def test_schema_of_a_stack_file_has_the_keys_with_their_prefix() -> None:
    config = json.loads(PAGES["schema/settings.json"])["properties"]["config"]
    assert config["additionalProperties"] is False
    foreign = re.compile(*config["patternProperties"])
    assert foreign.search("kubernetes:context")
    assert not foreign.search("linkerd-platform:namespce")
    for file in paths.ROOT.glob("Pulumi.*.yaml"):
        assert yaml.safe_load(file.read_text())["config"].keys() <= config["properties"].keys()


def test_schema_of_a_stack_file_takes_encrypted_secrets() -> None:
    whole = json.loads(PAGES["schema/settings.json"])
    key = whole["$defs"]["Issuer"]["properties"]["keyPem"]["anyOf"][0]
    plain, encrypted = key["anyOf"]
    assert plain["writeOnly"]
    assert encrypted["properties"].keys() == {"secure"}
