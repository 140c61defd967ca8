"""How Linkerd's proxies count requests; source: linkerd.io/2-edge/reference/proxy-metrics/."""

from __future__ import annotations

REQUESTS = "response_total"
LATENCY_MS = "response_latency_ms_bucket"

TRAFFIC = 'direction="inbound",route_name!="probe",target_port!="4191"'
"""The labels of the requests that a pod answered, without probes and scrapes.

The proxy answers the kubelet's probes on its route ``probe``, and Prometheus on its admin port.
Proxies of every release have the label ``target_port``; ``srv_port`` is missing in 2.14's, where a
comparison by ``!=`` would match everything.
"""
