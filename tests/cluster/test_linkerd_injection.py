"""Linkerd's own injectors, called by the API server for the pods of the deployed platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd import pods, webhooks
from tests.cluster.linkerd.api import Api, Manifest
from tests.support.catalogue import STORES, of_style, port

NAMESPACE = "microservices"
OPAQUE = (*of_style("opaque"), *STORES)
READ = of_style("profile", "route")

INBOUND_POLICY = "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY"
INBOUND_PORTS = "LINKERD2_PROXY_INBOUND_PORTS"
OPAQUE_PORTS = "LINKERD2_PROXY_INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION"
IDENTITY = "LINKERD2_PROXY_IDENTITY_LOCAL_NAME"
TRUST_ANCHORS = "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"
COLLECTOR = "LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR"
COLLECTOR_NAME = "LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME"


@pytest.fixture(scope="module")
def api(deployed: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API server, which asks the injector about every new pod."""
    api = Api.of(deployed)
    folder = tmp_path_factory.mktemp("proxy-injector")
    with webhooks.serving(webhooks.PROXY_INJECTOR, api, folder, pods.bare("default")):
        yield api


@pytest.fixture(scope="module")
def injected(api: Api) -> dict[str, Manifest]:
    """The pod of each Deployment and StatefulSet, by name, as the injector leaves it."""
    return {
        workload["metadata"]["name"]: api.try_create(pods.of_workload(workload)).object
        for workload in api.items("deployments,statefulsets", NAMESPACE)
    }


def test_every_workload_is_injected(injected: dict[str, Manifest]) -> None:
    assert {*READ, *OPAQUE} <= injected.keys()
    for name, pod in injected.items():
        assert pods.PROXY in pods.names(pod, "containers"), name
        assert pods.names(pod, "initContainers") == ["linkerd-init"], name


def test_every_proxy_takes_mtls_from_known_clients_only(injected: dict[str, Manifest]) -> None:
    policies = {name: pods.environment(pod)[INBOUND_POLICY] for name, pod in injected.items()}
    assert policies == dict.fromkeys(injected, "all-authenticated")


def test_every_proxy_has_an_identity_of_the_platforms_trust_anchor(
    api: Api, injected: dict[str, Manifest]
) -> None:
    roots = api.get("configmap", "linkerd-identity-trust-roots", "--namespace=linkerd")["data"]
    for name, pod in injected.items():
        variables = pods.environment(pod)
        assert variables[TRUST_ANCHORS].strip() == roots["ca-bundle.crt"].strip(), name
        assert (
            variables[IDENTITY]
            == "$(_pod_sa).$(_pod_ns).serviceaccount.identity.linkerd.cluster.local"
        ), name


def test_every_service_has_an_account_of_its_own(injected: dict[str, Manifest]) -> None:
    """The account is the proxy's identity; both versions of a service have the same."""
    accounts = {
        pod["metadata"]["labels"]["app.kubernetes.io/name"]: pod["spec"]["serviceAccountName"]
        for pod in injected.values()
    }
    assert accounts == {name: name for name in (*READ, *OPAQUE)}


@pytest.mark.parametrize("name", OPAQUE)
def test_the_port_of_an_opaque_service_is_opaque_in_its_proxy(
    injected: dict[str, Manifest], name: str
) -> None:
    variables = pods.environment(injected[name])
    assert str(port(name)) in variables[INBOUND_PORTS].split(",")
    assert variables[OPAQUE_PORTS].split(",") == [str(port(name))]


@pytest.mark.parametrize("name", READ)
def test_the_port_of_an_http_service_is_read(injected: dict[str, Manifest], name: str) -> None:
    variables = pods.environment(injected[name])
    assert str(port(name)) in variables[INBOUND_PORTS].split(",")
    assert str(port(name)) not in variables[OPAQUE_PORTS].split(",")


def test_a_pod_outside_of_the_mesh_is_left_alone(api: Api) -> None:
    pod = api.try_create(pods.bare("default")).object
    assert pods.names(pod, "containers") == ["main"]
    assert pods.names(pod, "initContainers") == []


def test_a_bare_pod_in_the_namespace_gets_the_strict_policy_too(api: Api) -> None:
    """The namespace decides, so nobody has to think of an annotation."""
    pod = api.try_create(pods.bare(NAMESPACE)).object
    assert pods.environment(pod)[INBOUND_POLICY] == "all-authenticated"


@pytest.fixture(scope="module")
def traced(
    api: Api, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, dict[str, str]]]:
    """Each proxy's variables with the tracing extension's injector at work as well."""
    folder = tmp_path_factory.mktemp("jaeger-injector")
    with webhooks.serving(webhooks.JAEGER_INJECTOR, api, folder, pods.bare("default")):
        yield {
            workload["metadata"]["name"]: pods.environment(
                api.try_create(pods.of_workload(workload)).object
            )
            for workload in api.items("deployments,statefulsets", NAMESPACE)
        }


def test_every_proxy_sends_its_spans_to_the_collector(
    api: Api, traced: dict[str, dict[str, str]]
) -> None:
    ports = api.get("service", "collector", "--namespace=linkerd-jaeger")["spec"]["ports"]
    assert 55678 in [port["port"] for port in ports]
    assert {
        (variables.get(COLLECTOR), variables.get(COLLECTOR_NAME)) for variables in traced.values()
    } == {
        (
            "collector.linkerd-jaeger:55678",
            "collector.linkerd-jaeger.serviceaccount.identity.linkerd.cluster.local",
        )
    }
    assert {*READ, *OPAQUE} <= traced.keys()
