"""``make new-service`` adds one entry, keeps every other line, and writes nothing invalid."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.__main__ import main
from commands.deploy import yaml_files
from commands.new_service import edit
from commands.new_service.entry import PLACEHOLDER, Entry
from components.config.loading import catalogue_problems
from tools import paths

CATALOGUE = """\
gateway: web # open to all
services:
  # The page.
  web:
    image: example/web:1 # the old one
    calls:
      - api # by its URL
    routes: []

  api: {image: "example/api:1", calls: [db, cache]} # one line
  jobs: {image: "example/jobs:1"}
  mail:
    image: example/mail:1
    # Nobody is called.
    replicas: 2 # enough

# Data.
stores:
  db: {kind: redis}
  cache: {kind: redis}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "services.yaml").write_text(CATALOGUE)
    return tmp_path


def new(root: Path, *arguments: str) -> dict[str, Any]:
    assert main(["new-service", *arguments]) == 0
    document: dict[str, Any] = yaml.safe_load((root / "services.yaml").read_text())
    return document


def changed(before: str, after: str) -> list[str]:
    """The lines that differ, each with ``-`` or ``+``."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_an_entry_is_added_and_every_other_line_kept(root: Path) -> None:
    new(root, "--name", "reviews-service", "--image", "example/reviews:1", "--calls", "api,db")
    assert changed(CATALOGUE, (root / "services.yaml").read_text()) == [
        "+   reviews-service:",
        "+     image: example/reviews:1",
        "+     replicas: 2",
        "+     probe: {tcp: true}",
        "+     calls: [api, db]",
        "+     routes:",
        "+       - {method: GET, path: /api/reviews, timeout: 2s}",
        "+ ",
    ]


@pytest.mark.parametrize(
    "last",
    [
        "calls: [api]",
        "calls: [api] # one",
        "calls:\n      - api\n      # Nobody else.",
        "routes:\n      - {method: GET, path: /}",
        "routes:\n      - {method: GET, path: /} # all",
        "args:\n      - |\n        one\n        two",
        "routes: # none\n      - {method: GET, path: /}\n      # Nothing else.",
    ],
    ids=["list", "list and comment", "block", "mappings", "mappings and comment", "text", "all"],
)
def test_comments_after_the_services_stay_there_however_the_last_one_ends(
    root: Path, last: str
) -> None:
    before = CATALOGUE.replace("replicas: 2 # enough", last)
    (root / "services.yaml").write_text(before)
    new(root, "--name", "new", "--image", "example/new:1")
    after = (root / "services.yaml").read_text()
    assert [line for line in changed(before, after) if line.startswith("-")] == []
    assert f"{last}\n\n  new:\n" in after
    assert after.endswith(f"timeout: 2s}}\n\n{CATALOGUE[CATALOGUE.index('# Data.') :]}")


def test_callers_get_the_call_however_their_list_is_written(root: Path) -> None:
    callers = ("web", "api", "jobs", "mail")
    services = new(root, "--name", "new", "--called-by", ", ".join(callers))["services"]
    assert [services[name]["calls"][-1] for name in callers] == ["new"] * 4
    assert services["api"]["calls"] == ["db", "cache", "new"]
    lines = changed(CATALOGUE, (root / "services.yaml").read_text())
    assert [line for line in lines if line.startswith("-")] == [
        '-   api: {image: "example/api:1", calls: [db, cache]} # one line',
        '-   jobs: {image: "example/jobs:1"}',
    ]
    assert '+   jobs: {image: "example/jobs:1", calls: [new]}' in lines
    assert "+       - new" in lines
    assert (
        "      - api # by its URL\n      - new\n    routes" in (root / "services.yaml").read_text()
    )


def test_the_options_are_written(root: Path) -> None:
    entry = new(root, "--name", "new", "--port", "9090", "--style", "route")["services"]["new"]
    assert entry == {
        "image": PLACEHOLDER,
        "args": ["terminus", "--h1-server-port=9090", "--response-text=new"],
        "replicas": 2,
        "probe": {"tcp": True},
        "port": 9090,
        "style": "route",
        "routes": [{"method": "GET", "path": "/api/new", "timeout": "2s"}],
    }


def test_the_next_steps_are_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(root, "--name", "reviews-service", "--called-by", "web")
    said = capsys.readouterr().out
    assert "web finds it in $REVIEWS_SERVICE_URL" in said
    assert "`make preview`, then `make up`" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param((), "NAME=reviews-service", id="no name"),
        pytest.param(("--name", "web"), '"web", which exists already', id="service's name"),
        pytest.param(("--name", "db"), '"db", which exists already', id="store's name"),
        pytest.param(("--name", "Bad_Name"), "services.Bad_Name\n", id="bad name"),
        pytest.param(("--name", "a: {b"), "a DNS label", id="YAML in the name"),
        pytest.param(("--name", "new", "--port", "99999"), "services.new.port", id="port"),
        pytest.param(("--name", "new", "--port", "http"), 'found:   "http"', id="no number"),
        pytest.param(("--name", "new", "--image", "web"), "services.new.image", id="no tag"),
        pytest.param(("--name", "new", "--style", "mixed"), "'profile' or 'route'", id="style"),
        pytest.param(("--name", "new", "--calls", "ap"), "Did you mean `api`?", id="callee"),
        pytest.param(("--name", "new", "--called-by", "wep"), "Did you mean `web`?", id="caller"),
        pytest.param(("--name", "new", "--calls", "new"), "a call to itself", id="itself"),
    ],
)
def test_invalid_options_are_refused_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert main(["new-service", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert (root / "services.yaml").read_text() == CATALOGUE


def test_a_catalogue_with_problems_is_left_alone(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for broken in (CATALOGUE.replace("gateway: web", "gateway: wep"), "services: ["):
        (root / "services.yaml").write_text(broken)
        assert main(["new-service", "--name", "new"]) == 1
        assert "services.yaml: " in capsys.readouterr().err
        assert (root / "services.yaml").read_text() == broken


FILES = sorted(str(file.relative_to(paths.ROOT)) for file in paths.ROOT.glob("Pulumi.*.yaml"))
CATALOGUES = ["services.yaml", "examples/online-boutique/services.yaml"]


@pytest.mark.parametrize("name", [*FILES, *CATALOGUES])
def test_the_editor_keeps_the_projects_files_byte_for_byte(name: str) -> None:
    text = (paths.ROOT / name).read_text()
    assert yaml_files.dump(yaml_files.load(text)) == text


@pytest.mark.parametrize("name", CATALOGUES)
def test_the_projects_catalogues_take_one_at_every_caller(name: str) -> None:
    text = (paths.ROOT / name).read_text()
    before = yaml.safe_load(text)
    callers = [one for one in before["services"] if one != "reviews-service"]
    after = edit.with_entry(text, Entry(name="new-one"), callers)
    assert catalogue_problems(after, name, paths.ROOT) == []
    document = yaml.safe_load(after)
    assert list(document["services"])[-1] == "new-one"
    for caller in callers:
        assert document["services"][caller].pop("calls")[-1] == "new-one"
        before["services"][caller].pop("calls", None)
    del document["services"]["new-one"]
    assert document == before


def test_another_catalogue_can_be_named(root: Path) -> None:
    shutil.copy(root / "services.yaml", root / "other.yaml")
    assert main(["new-service", "--name", "new", "--catalogue", "other.yaml"]) == 0
    assert "new:" in (root / "other.yaml").read_text()
    assert (root / "services.yaml").read_text() == CATALOGUE
