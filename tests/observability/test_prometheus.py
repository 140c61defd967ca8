"""A real Prometheus loads the rules and evaluates each of them without an error."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from tests.observability.promtool import program
from tests.observability.stacks import rules

SECONDS = 60.0


def test_prometheus_evaluates_every_rule(tmp_path: Path) -> None:
    files = rules()
    for file in files:
        (tmp_path / file.file).write_text(file.text, encoding="utf-8")
    expected = {group["name"] for file in files for group in file.content["groups"]}

    with _prometheus(tmp_path) as address:
        groups = _evaluated(address)

    assert {group["name"] for group in groups} == expected
    found = [rule for group in groups for rule in group["rules"]]
    assert len(found) == sum(
        len(group["rules"]) for file in files for group in file.content["groups"]
    )
    assert [rule for rule in found if rule["health"] != "ok"] == []


@contextmanager
def _prometheus(folder: Path) -> Iterator[str]:
    """The address of a Prometheus that has viz's pattern of rule files, and scrapes nothing."""
    config = {
        "global": {"evaluation_interval": "2s"},
        "rule_files": [f"{folder}/*_rules.yml"],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    address = f"127.0.0.1:{_free_port()}"
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _evaluated(address: str) -> list[dict[str, Any]]:
    """The groups, once each rule has been evaluated."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            with urlopen(f"http://{address}/api/v1/rules", timeout=5) as answer:
                groups: list[dict[str, Any]] = json.load(answer)["data"]["groups"]
        except (URLError, OSError):
            groups = []
        health = {rule["health"] for group in groups for rule in group["rules"]}
        if groups and "unknown" not in health:
            return groups
        time.sleep(0.5)
    raise AssertionError("Prometheus has not evaluated the rules in time.")
