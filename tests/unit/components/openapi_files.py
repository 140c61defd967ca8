"""OpenAPI files for the tests, and what Linkerd's own command makes of them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from components.config.catalogue.model import RetryBudget, Route
from components.traffic.service_profile import profile_spec
from tests.cluster.linkerd.process import program


def linkerds_routes(file: Path) -> list[dict[str, Any]]:
    """The routes of ``linkerd profile --open-api``, without asking a cluster."""
    command = [program("linkerd"), "profile", "--ignore-cluster", "--namespace=n", "s"]
    made = subprocess.run(
        [*command, "--open-api", file], capture_output=True, text=True, check=True
    ).stdout
    found: list[dict[str, Any]] = yaml.safe_load(made)["spec"].get("routes", [])
    return found


def our_routes(routes: list[Route]) -> list[dict[str, Any]]:
    """The same routes in a ServiceProfile of ours."""
    return [{**route} for route in profile_spec(routes, RetryBudget())["routes"]]
