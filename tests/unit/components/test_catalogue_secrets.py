"""Secrets in clear are refused when the catalogue is read, without repeating them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config import loading
from tests.support.configuration import SERVICE, catalogue, problems

HIDDEN = "hunter-two"
TWO: dict[str, Any] = {"v1": {}, "v2": {}}


@pytest.mark.parametrize(
    ("entry", "paths"),
    [
        ({"args": ["--password", HIDDEN]}, ["args.1"]),
        ({"args": [f"--requirepass={HIDDEN}"]}, ["args.0"]),
        ({"command": ["redis-server", "--requirepass"], "args": [HIDDEN]}, ["args.0"]),
        ({"command": ["sh", "-c", f"app --token={HIDDEN}"]}, ["command.2"]),
        ({"command": ["app", "--dsn", f"postgres://app:{HIDDEN}@db/shop"]}, ["command.2"]),
        ({"args": ["-H", f"Authorization: Bearer {HIDDEN}"]}, ["args.1"]),
        ({"env": {"DB_PASSWORD": HIDDEN}}, ["env.DB_PASSWORD"]),
        ({"env": {"dbPassword": HIDDEN, "LEVEL": "info"}}, ["env.dbPassword"]),
        ({"env": {"DB": f"mysql://app:{HIDDEN}@db:3306/shop"}}, ["env.DB"]),
        ({"env": {"OPTIONS": f"host=db password={HIDDEN}"}}, ["env.OPTIONS"]),
        (
            {"versions": {**TWO, "v2": {"args": ["--token", HIDDEN]}}},
            ["versions.v2.args.1"],
        ),
        (
            {"versions": {**TWO, "v2": {"env": {"API_KEY": HIDDEN}}}},
            ["versions.v2.env.API_KEY"],
        ),
        (
            {
                "command": ["app", "--password"],
                "args": ["$(PASSWORD)"],
                "versions": {**TWO, "v2": {"args": [HIDDEN]}},
            },
            ["versions.v2.args.0"],
        ),
        (
            {"command": ["app", f"--token={HIDDEN}"], "versions": {**TWO, "v2": {"args": ["x"]}}},
            ["command.1"],
        ),
    ],
)
def test_a_secret_in_clear_is_refused_where_it_is(
    tmp_path: Path, entry: dict[str, Any], paths: list[str]
) -> None:
    told = problems(tmp_path, catalogue(api={**SERVICE, **entry}))
    assert sorted(told) == [f"services.api.{path}" for path in paths]
    for problem in told.values():
        assert HIDDEN not in str(problem)
        assert "`secrets`" in problem.fix


def test_an_externals_url_holds_no_password(tmp_path: Path) -> None:
    document = catalogue(api=SERVICE)
    document["external"] = {"pay": {"url": f"https://app:{HIDDEN}@pay.example"}}
    told = problems(tmp_path, document)
    assert list(told) == ["external.pay.url"]
    assert HIDDEN not in str(told)


@pytest.mark.parametrize(
    "entry",
    [
        {"args": ["--password-file", "/run/secrets/password"]},
        {"args": ["--password", "$(DB_PASSWORD)"]},
        {"command": ["sh", "-c", "exec app --token=$TOKEN"]},
        {"env": {"DB_URL": "postgres://app:$(DB_PASSWORD)@db/shop"}},
        {"env": {"PASSWORD_FILE": "/run/secrets/password", "ALLOW_EMPTY_PASSWORD": "yes"}},
    ],
)
def test_where_a_secret_is_may_be_said(tmp_path: Path, entry: dict[str, Any]) -> None:
    document = catalogue(api={**SERVICE, **entry})
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(document))
    found = loading.load(project="linkerd-platform", stack="dev", config={}, root=tmp_path)
    assert found.catalogue.services["api"].env == entry.get("env", {})
