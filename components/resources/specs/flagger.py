"""Flagger (flagger.app).

Source: https://docs.flagger.app/usage/how-it-works
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from components.resources.specs.gateway_api import ParentRef
from components.resources.specs.kind import Kind


class MetricProvider(TypedDict):
    type: Literal["prometheus"]
    address: str


class MetricTemplateSpec(TypedDict):
    """A metric by its query."""

    provider: MetricProvider
    query: str


class WorkloadRef(TypedDict):
    apiVersion: str
    kind: str
    name: str


class CanaryService(TypedDict):
    name: str
    port: int
    portName: str
    targetPort: str
    appProtocol: str | None
    gatewayRefs: NotRequired[list[ParentRef]]


class TemplateRef(TypedDict):
    name: str
    namespace: str


class ThresholdRange(TypedDict, total=False):
    min: float
    max: float


class CanaryMetric(TypedDict):
    name: str
    templateRef: TemplateRef
    thresholdRange: ThresholdRange
    interval: str


class CanaryAnalysis(TypedDict):
    interval: str
    threshold: int
    maxWeight: int
    stepWeight: int
    metrics: list[CanaryMetric]


class CanarySpec(TypedDict):
    """A canary that Flagger drives."""

    provider: str
    targetRef: WorkloadRef
    revertOnDeletion: bool
    service: CanaryService
    analysis: CanaryAnalysis
    autoscalerRef: NotRequired[WorkloadRef]


CANARY = Kind[CanarySpec]("Canary", "flagger.app/v1beta1")
METRIC_TEMPLATE = Kind[MetricTemplateSpec]("MetricTemplate", "flagger.app/v1beta1")
