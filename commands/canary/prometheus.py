"""Access to the Prometheus that scrapes a stack's proxies, wherever it runs.

- Viz's own Prometheus: through a forwarded port, as ``linkerd viz`` does. It is in the mesh and
  authorizes one client, viz's ``metrics-api``, so the API server's service proxy would get 403.
  Source: ``prometheus-policy.yaml`` in the chart linkerd-viz.
- Another one in the cluster: through the API server's service proxy.
- One outside of the cluster: by its URL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlencode, urlsplit
from urllib.request import urlopen

from commands.canary.metrics import Ask, MetricsError
from components.cluster.connection import SECONDS_TO_ANSWER, Unreachable, connected
from components.config.stack.settings import Cluster, Linkerd
from components.linkerd import namespaces

NAMESPACE = namespaces.VIZ
PODS = "linkerd.io/extension=viz,component=prometheus"
PORT = 9090
QUERY = "/api/v1/query"


@contextmanager
def reached(cluster: Cluster, linkerd: Linkerd) -> Iterator[Ask]:
    """A function that runs queries. Both raise :class:`MetricsError`."""
    if linkerd.viz == "off":
        raise MetricsError(
            "There are no metrics: `linkerd.viz` is off in this stack. Set it to install or "
            "external."
        )
    url = linkerd.prometheus_url
    parts = urlsplit(url) if url else None
    try:
        if parts is not None and not _is_in_cluster(parts.hostname or ""):
            yield lambda query: _direct(parts, query)
            return
        with connected(cluster) as api:
            if parts is not None:
                yield lambda query: _by_service_proxy(api, parts, query)
            else:
                pod = _pod(api)
                yield lambda query: _by_forwarded_port(api, pod, query)
    except Unreachable as error:
        raise MetricsError(f"Prometheus cannot be reached: {error}.") from None


def _is_in_cluster(host: str) -> bool:
    """Whether the name is a Service's: ``service.namespace`` or ``service.namespace.svc``.

    A public name of two parts is that of a domain, rarely of a host.
    """
    parts = host.split(".")
    return not _is_address(host) and (len(parts) == 2 or parts[2:3] == ["svc"])


def _is_address(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host


def _direct(parts: SplitResult, query: str) -> Any:
    address = f"{parts.geturl().rstrip('/')}{QUERY}?{urlencode({'query': query})}"
    try:
        with urlopen(address, timeout=SECONDS_TO_ANSWER) as answer:
            return _decoded(answer.read())
    except HTTPError as error:
        return _refused(error.code, error.read(), parts.netloc)
    except (OSError, HTTPException) as error:
        raise MetricsError(f"Prometheus at {parts.netloc} does not answer: {error}.") from None


def _by_service_proxy(api: Any, parts: SplitResult, query: str) -> Any:
    from kubernetes.client import ApiException

    service, namespace = (parts.hostname or "").split(".")[:2]
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    path = (
        f"/api/v1/namespaces/{namespace}/services/{parts.scheme}:{service}:{port}/proxy"
        f"{parts.path.rstrip('/')}{QUERY}"
    )
    try:
        answer = api.call_api(
            path,
            "GET",
            query_params=[("query", query)],
            auth_settings=["BearerToken"],
            _preload_content=False,
            _request_timeout=SECONDS_TO_ANSWER,
        )
    except ApiException as error:
        return _refused(error.status, error.body, f"{service} in namespace {namespace}")
    return _decoded(answer.data)


def _pod(api: Any) -> str:
    from kubernetes import client

    found = client.CoreV1Api(api).list_namespaced_pod(
        NAMESPACE, label_selector=PODS, _request_timeout=SECONDS_TO_ANSWER
    )
    running = [pod.metadata.name for pod in found.items if pod.status.phase == "Running"]
    if not running:
        raise MetricsError(
            f"No pod of viz's Prometheus runs in namespace {NAMESPACE}, so there are no metrics. "
            "Is the viz extension installed?"
        )
    return str(running[0])


def _by_forwarded_port(api: Any, pod: str, query: str) -> Any:
    from kubernetes import client
    from kubernetes.stream import portforward

    try:
        forward = portforward(
            client.CoreV1Api(api).connect_get_namespaced_pod_portforward,
            pod,
            NAMESPACE,
            ports=str(PORT),
        )
    except (client.ApiException, AttributeError) as error:
        # The client fails on a refusal, since that has no body to decode.
        said = str(error if isinstance(error, client.ApiException) else error.__context__)
        message = re.search(r'"message": ?"(.+?)"[,}]', said)
        raise MetricsError(
            f"The API server did not forward the port of pod {pod} in namespace {NAMESPACE}: "
            f"{message[1] if message else said.strip()}"
        ) from None
    connection = HTTPConnection("localhost", timeout=SECONDS_TO_ANSWER)
    connection.sock = forward.socket(PORT)
    connection.sock.settimeout(SECONDS_TO_ANSWER)
    try:
        connection.request("GET", f"{QUERY}?{urlencode({'query': query})}")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        reason = forward.error(PORT) or error
        raise MetricsError(f"Prometheus in the pod {pod} does not answer: {reason}") from None
    finally:
        connection.close()
        forward.close()
    return _decoded(body) if answer.status == 200 else _refused(answer.status, body, pod)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise MetricsError("What answered is not Prometheus's query API.") from None


def _refused(status: int | None, body: object, whom: str) -> Any:
    """Prometheus's own error answer. Raises :class:`MetricsError` for an error of anything else."""
    try:
        answer = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        answer = None
    if isinstance(answer, dict) and answer.get("status") == "error":
        return answer
    message = answer.get("message") if isinstance(answer, dict) else None
    why = f"HTTP {status}" + (f", {message}" if message else "")
    raise MetricsError(f"Prometheus ({whom}) cannot be queried: {why}.")
