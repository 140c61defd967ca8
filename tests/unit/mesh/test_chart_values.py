"""No value is set that a chart ignores: each key stands in a table read off the charts themselves.

``chart_values.json`` was made by rendering the charts of each release, at its tag, with the values
of every one of :func:`variants.ways`. A key stands in it where a template reads it;
``highAvailability`` is read by ``linkerd check`` in the ConfigMap with all values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.linkerd.releases import RELEASES
from tests.unit.mesh import variants
from tools import paths

TABLE: Mapping[str, Mapping[str, list[str]]] = json.loads(
    (Path(__file__).parent / "chart_values.json").read_text(encoding="utf-8")
)
ELSEWHERE = {"flagger"}  # not in Linkerd's module; read off the chart of the pinned version
FREE = ("podAnnotations", "deploymentStrategy")  # copied as they are, whatever is in them


def _keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping) and value and key not in FREE:
            yield from _keys(value, path)
        else:
            yield path


@pytest.mark.parametrize("release", RELEASES)
def test_only_known_values_are_set_and_none_is_listed_in_vain(release: str) -> None:
    found: dict[str, set[str]] = {}
    for way in variants.ways(release):
        for name, inputs in variants.installed(release, **way).items():
            found.setdefault(name, set()).update(_keys(inputs.get("values") or {}))
    assert {chart: sorted(keys) for chart, keys in found.items()} == TABLE[release]


@pytest.mark.parametrize("chart", sorted(TABLE["2.13"].keys() - ELSEWHERE))
def test_the_table_agrees_with_the_charts_that_are_at_hand(chart: str) -> None:
    if chart == "linkerd-smi":
        # Source: charts/linkerd-smi/values.yaml of linkerd-smi at v1.0.4, which is not at hand.
        assert TABLE["2.13"][chart] == ["clusterDomain"]
        return
    folder = paths.ROOT / ".local/charts" / chart
    known = set(yaml.safe_load((folder / "values.yaml").read_text(encoding="utf-8")) or {})
    templates = "".join(f.read_text(encoding="utf-8") for f in folder.rglob("*") if f.is_file())
    for key in TABLE["2.13"][chart]:
        first = key.partition(".")[0]
        assert first in known or f".Values.{first}" in templates, key
