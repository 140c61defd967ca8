"""The specs of Flagger's objects. Source: https://docs.flagger.app/usage/how-it-works."""

from __future__ import annotations

from components import names
from components.config.catalogue.model import Service
from components.config.durations import milliseconds
from components.config.stack.canary import Analysis, Canary
from components.linkerd.metrics import Version
from components.names import workload
from components.resources.specs.flagger import (
    CanaryAnalysis,
    CanaryMetric,
    CanaryService,
    CanarySpec,
    MetricTemplateSpec,
    ThresholdRange,
)
from components.workloads.services import ports_of

SUCCESS_RATE, LATENCY = "success-rate", "latency"

# Flagger replaces the words in double braces.
_NEW = Version(
    namespace="{{ namespace }}",
    service="{{ service }}",
    deployment="{{ target }}",
    window="{{ interval }}",
)
QUERIES = {
    SUCCESS_RATE: f"clamp_min(100 - 100 * ({_NEW.failures()}) / ({_NEW.requests()}), 0)",
    LATENCY: _NEW.latency(0.99),
}
"""Prometheus queries: the success rate in per cent, and the latency P99 in milliseconds.

Without requests they are NaN, which Flagger takes for a check without traffic.
Source: https://docs.flagger.app/usage/metrics#custom-metrics
"""


def metric_template_name(service: str, metric: str) -> str:
    """The name of the MetricTemplate of a service's metric."""
    return names.metric(service, metric)


def metric_spec(query: str, address: str) -> MetricTemplateSpec:
    """The spec of a MetricTemplate that asks the Prometheus at ``address``."""
    return {"provider": {"type": "prometheus", "address": address}, "query": query}


def canary_spec(name: str, service: Service, canary: Canary, namespace: str) -> CanarySpec:
    """The spec of the Canary of the service called ``name``.

    Flagger copies the service's Deployment to one with the suffix ``-primary``, which runs the
    stable version; the Deployment itself then runs the new version. Flagger also creates the
    Services behind the apex and the object that splits the requests. ``revertOnDeletion`` makes the
    apex select the Deployment's pods again when the Canary is deleted.
    """
    target = workload(name, service.stable)
    spec: CanarySpec = {
        "provider": _PROVIDERS[service.style],
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
        "revertOnDeletion": True,
        "service": _service(name, service, namespace),
        "analysis": _analysis(name, canary, namespace),
    }
    if service.autoscaling is not None:
        spec["autoscalerRef"] = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "name": target,
        }
    return spec


_PROVIDERS = {"profile": "smi:v1alpha2", "route": "gatewayapi:v1"}


def _service(name: str, service: Service, namespace: str) -> CanaryService:
    port = ports_of(service)[0]
    # The same values as in the apex, since Flagger writes them into it.
    spec: CanaryService = {
        "name": name,
        "port": port.number,
        "portName": port.name,
        "targetPort": port.name,
        "appProtocol": port.app_protocol,
    }
    if service.style == "route":
        spec["gatewayRefs"] = [
            {
                "group": "core",
                "kind": "Service",
                "name": name,
                "port": port.number,
                "namespace": namespace,
            }
        ]
    return spec


def _analysis(name: str, canary: Canary, namespace: str) -> CanaryAnalysis:
    analysis = canary.analysis or Analysis()
    ranges: dict[str, ThresholdRange] = {
        SUCCESS_RATE: {"min": canary.objective},
        LATENCY: {"max": milliseconds(analysis.max_latency)},
    }
    metrics: list[CanaryMetric] = [
        {
            "name": metric,
            "templateRef": {"name": metric_template_name(name, metric), "namespace": namespace},
            "thresholdRange": allowed,
            "interval": analysis.interval,
        }
        for metric, allowed in ranges.items()
    ]
    return {
        "interval": analysis.interval,
        "threshold": analysis.threshold,
        "maxWeight": analysis.max_weight,
        "stepWeight": analysis.step_weight,
        "metrics": metrics,
    }
