"""TrafficSplits (split.smi-spec.io).

Source: https://linkerd.io/2-edge/features/traffic-split/
"""

from __future__ import annotations

from typing import TypedDict

from components.resources.specs.kind import Kind


class SplitBackend(TypedDict):
    service: str
    weight: int


class TrafficSplitSpec(TypedDict):
    """The backends of an apex Service."""

    service: str
    backends: list[SplitBackend]


TRAFFIC_SPLIT = Kind[TrafficSplitSpec]("TrafficSplit", "split.smi-spec.io/v1alpha2")
