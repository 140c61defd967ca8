"""The ways to the Prometheus that a stack's proxies are scraped by.

Viz's own is in the mesh and answers one client there, viz's ``metrics-api``: the API server's
service proxy would get 403. A forwarded port ends inside of the pod, as that of ``linkerd viz``
does. A Prometheus of the cluster's own is reached through the service proxy, one elsewhere as any
URL is. Source: ``prometheus-policy.yaml`` in the chart linkerd-viz.
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
    """Something to ask queries of. Raises :class:`MetricsError`, and so does what it yields."""
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
        raise MetricsError(f"Prometheus cannot be asked: {error}.") from None


def _is_in_cluster(host: str) -> bool:
    """Whether only the cluster knows the name: ``service.namespace`` or ``service.namespace.svc``.

    A name in the Internet that has two parts is that of a domain, not of a machine.
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
        # The client stumbles over a refusal, which has no body for it to decode.
        said = str(error if isinstance(error, client.ApiException) else error.__context__)
        message = re.search(r'"message": ?"(.+?)"[,}]', said)
        raise MetricsError(
            f"The API server forwards no port of the pod {pod} in namespace {NAMESPACE}: "
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
        raise MetricsError("What answers is not Prometheus's query API.") from None


def _refused(status: int | None, body: object, whom: str) -> Any:
    """The API's own account of an error; what is none of its answers is an error of the way."""
    try:
        answer = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        answer = None
    if isinstance(answer, dict) and answer.get("status") == "error":
        return answer
    message = answer.get("message") if isinstance(answer, dict) else None
    why = f"HTTP {status}" + (f", {message}" if message else "")
    raise MetricsError(f"Prometheus ({whom}) cannot be asked: {why}.")
