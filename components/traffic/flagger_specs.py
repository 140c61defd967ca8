"""What Flagger's objects say; source of the fields: https://docs.flagger.app/usage/how-it-works."""

from __future__ import annotations

from typing import Any

from components.config.catalogue.model import Service
from components.config.durations import milliseconds
from components.config.stack.canary import Analysis, Canary
from components.linkerd.metrics import LATENCY_MS, REQUESTS, TRAFFIC
from components.names import workload
from components.workloads.services import ports_of

SUCCESS_RATE, LATENCY = "success-rate", "latency"

# Flagger fills in the words in double braces.
_LABELS = 'namespace="{{ namespace }}",deployment="{{ target }}",' + TRAFFIC


def _rate(series: str, labels: str) -> str:
    return f"rate({series}{{{labels}}}[{{{{ interval }}}}])"


_GOOD = _rate(REQUESTS, f'{_LABELS},classification="success"')
QUERIES = {
    SUCCESS_RATE: f"100 * sum({_GOOD}) / sum({_rate(REQUESTS, _LABELS)})",
    LATENCY: f"histogram_quantile(0.99, sum by (le) ({_rate(LATENCY_MS, _LABELS)}))",
}
"""The metrics in Linkerd's terms: per cent, and milliseconds at P99.

Source: https://linkerd.io/2-edge/reference/proxy-metrics/
"""


def template(service: str, metric: str) -> str:
    """The name of the MetricTemplate of a service's metric."""
    return f"{service}-{metric}"


def metric_spec(query: str, address: str) -> dict[str, Any]:
    """The spec of a MetricTemplate that asks the Prometheus at ``address``."""
    return {"provider": {"type": "prometheus", "address": address}, "query": query}


def canary_spec(name: str, service: Service, canary: Canary, namespace: str) -> dict[str, Any]:
    """The spec of the Canary of the service called ``name``.

    Flagger takes the service's Deployment for the new version, copies it to one with the suffix
    ``-primary``, and makes the Services behind the apex and what splits the requests.
    ``revertOnDeletion`` gives the apex its pods back when the Canary goes.
    """
    target = workload(name, service.stable)
    return {
        "provider": _PROVIDERS[service.style],
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
        **_autoscaler(service, target),
        "revertOnDeletion": True,
        "service": _service(name, service, namespace),
        "analysis": _analysis(name, canary, namespace),
    }


_PROVIDERS = {"profile": "smi:v1alpha2", "route": "gatewayapi:v1"}


def _autoscaler(service: Service, target: str) -> dict[str, Any]:
    if service.autoscaling is None:
        return {}
    kind = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    return {"autoscalerRef": {**kind, "name": target}}


def _service(name: str, service: Service, namespace: str) -> dict[str, Any]:
    port = ports_of(service)[0]
    # As the apex has them: Flagger would write what differs into it.
    spec: dict[str, Any] = {
        "name": name,
        "port": port.number,
        "portName": port.name,
        "targetPort": port.name,
        "appProtocol": port.app_protocol,
    }
    if service.style == "route":
        apex = {"group": "core", "kind": "Service", "name": name, "port": port.number}
        spec["gatewayRefs"] = [{**apex, "namespace": namespace}]
    return spec


def _analysis(name: str, canary: Canary, namespace: str) -> dict[str, Any]:
    analysis = canary.analysis or Analysis()
    ranges = {
        SUCCESS_RATE: {"min": canary.objective},
        LATENCY: {"max": milliseconds(analysis.max_latency)},
    }
    return {
        "interval": analysis.interval,
        "threshold": analysis.threshold,
        "maxWeight": analysis.max_weight,
        "stepWeight": analysis.step_weight,
        "metrics": [
            {
                "name": metric,
                "templateRef": {"name": template(name, metric), "namespace": namespace},
                "thresholdRange": allowed,
                "interval": analysis.interval,
            }
            for metric, allowed in ranges.items()
        ],
    }
