"""The three ways to a stack's Prometheus, each over a real connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands.canary import prometheus
from commands.canary.metrics import MetricsError
from components.config.stack.settings import Cluster, Linkerd
from tests.unit.deploy.prometheus_server import POD, TOKEN, Server, serving, vector

QUERY = 'sum(rate(response_total{direction="inbound"}[5m]))'
REFUSED = (400, {"status": "error", "errorType": "bad_data", "error": "unknown function"})


def ask(server: Server, folder: Path, **linkerd: Any) -> Any:
    cluster = Cluster(kubeconfig=str(server.kubeconfig(folder)))
    with prometheus.reached(cluster, Linkerd.model_validate(linkerd)) as way:
        return way(QUERY)


def test_vizs_own_through_a_forwarded_port(tmp_path: Path) -> None:
    with serving(lambda _: vector(({"deployment": "api"}, "7"))) as server:
        found = ask(server, tmp_path)
        assert found == vector(({"deployment": "api"}, "7"))[1]
        assert server.queries == [QUERY]
        assert server.paths[-1] == f"{POD}/portforward"
        assert server.tokens == {f"Bearer {TOKEN}"}


def test_the_clusters_own_through_the_api_servers_service_proxy(tmp_path: Path) -> None:
    with serving(lambda _: vector()) as server:
        assert ask(server, tmp_path, prometheusUrl="http://prom.monitoring:9090/p") == vector()[1]
        assert server.queries == [QUERY]
        assert server.paths == [
            "/api/v1/namespaces/monitoring/services/http:prom:9090/proxy/p/api/v1/query"
        ]
        assert server.tokens == {f"Bearer {TOKEN}"}


def test_a_url_outside_is_queried_directly_without_the_clusters_token(tmp_path: Path) -> None:
    with serving(lambda _: vector()) as server:
        assert ask(server, tmp_path, prometheusUrl=f"{server.url}/") == vector()[1]
        assert server.paths == ["/api/v1/query"]
        assert server.tokens == {None}


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("prometheus.monitoring", True),
        ("prometheus.monitoring.svc", True),
        ("prometheus.monitoring.svc.cluster.local", True),
        ("prometheus.example.com", False),
        ("localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_which_names_only_the_cluster_knows(host: str, inside: bool) -> None:
    assert prometheus._is_in_cluster(host) is inside


WAYS = {"forwarded": None, "proxy": "http://prom.monitoring:9090", "direct": "here"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((403, b'{"kind": "Status", "message": "you may not"}'), "HTTP 403, you may not"),
        ((503, b"no endpoints available"), "HTTP 503"),
        ((200, b"<html>login</html>"), "not Prometheus"),
    ],
    ids=["forbidden", "unavailable", "html"],
)
def test_an_answer_of_something_else_is_an_error(
    tmp_path: Path, way: str, answer: tuple[int, bytes], message: str
) -> None:
    with serving(lambda _: answer) as server:
        url = server.url if WAYS[way] == "here" else WAYS[way]
        with pytest.raises(MetricsError, match=message):
            ask(server, tmp_path, prometheusUrl=url)


@pytest.mark.parametrize("way", WAYS)
def test_prometheuss_own_error_is_returned(tmp_path: Path, way: str) -> None:
    with serving(lambda _: REFUSED) as server:
        url = server.url if WAYS[way] == "here" else WAYS[way]
        assert ask(server, tmp_path, prometheusUrl=url) == REFUSED[1]


@pytest.mark.parametrize("pods", [[], [{"metadata": {}, "status": {"phase": "Pending"}}]])
def test_without_a_pod_of_vizs_prometheus(tmp_path: Path, pods: list[dict[str, Any]]) -> None:
    with serving(lambda _: vector()) as server:
        server.pods = pods
        with pytest.raises(MetricsError, match="Is the viz extension installed"):
            ask(server, tmp_path)


def test_a_port_that_may_not_be_forwarded(tmp_path: Path) -> None:
    with serving(lambda _: vector()) as server:
        server.forwards = False
        refusal = r"did not forward the port of pod prometheus-0 .*: not for you"
        with pytest.raises(MetricsError, match=refusal):
            ask(server, tmp_path)


def test_without_viz_there_is_no_query() -> None:
    linkerd = Linkerd.model_validate({"viz": "off"})
    with (
        pytest.raises(MetricsError, match=r"`linkerd\.viz` is off"),
        prometheus.reached(Cluster(kubeconfig="/nowhere"), linkerd),
    ):
        raise AssertionError("never reached")


@pytest.mark.parametrize("way", WAYS)
def test_nobody_listens(tmp_path: Path, way: str) -> None:
    with serving(lambda _: vector()) as server:
        cluster = Cluster(kubeconfig=str(server.kubeconfig(tmp_path)))
        url = server.url if WAYS[way] == "here" else WAYS[way]
    linkerd = Linkerd.model_validate({"prometheusUrl": url})
    with (
        pytest.raises(MetricsError, match=r"cannot be reached|does not answer"),
        prometheus.reached(cluster, linkerd) as asked,
    ):
        asked(QUERY)
