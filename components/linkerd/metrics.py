"""How Linkerd's proxies count requests; source: linkerd.io/2-edge/reference/proxy-metrics/."""

from __future__ import annotations

REQUESTS = "response_total"
LATENCY_MS = "response_latency_ms_bucket"

TRAFFIC = 'direction="inbound",route_name!="probe",srv_port!="4191"'
"""The labels of what a pod answered, without the kubelet's probes and Prometheus's scrapes.

The proxy answers a probe by its own route ``probe``, and scrapes on its admin port.
"""
