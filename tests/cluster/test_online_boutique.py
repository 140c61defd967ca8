"""Another application: Google's Online Boutique deploys from its catalogue, the code unchanged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from tests.cluster.checkout import Project

CATALOGUE = "examples/online-boutique/services.yaml"


@pytest.fixture(scope="module")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the project, on a cluster of its own, after `make up` with the other catalogue."""
    project = Project.create(tmp_path_factory.mktemp("boutique") / "project")
    config = yaml.safe_load((project.root / "Pulumi.local.yaml").read_text())["config"]
    linkerd = {**config["linkerd-platform:linkerd"], "viz": "off", "tracing": "off"}
    project.configure(
        catalogue=CATALOGUE, linkerd=linkerd, canaries=None, standIns=None, secrets=None
    )
    try:
        run = project.deploy("up")
        assert run.code == 0, run.output[-5000:]
        yield project
    finally:
        project.remove_cluster()


def test_every_service_and_the_store_is_ready(boutique: Project) -> None:
    catalogue = yaml.safe_load((boutique.root / CATALOGUE).read_text())
    assert len(catalogue["services"]) == 11
    expected = {name: entry.get("replicas", 1) for name, entry in catalogue["services"].items()}
    ready = {
        item["metadata"]["name"]: item["status"].get("readyReplicas", 0)
        for item in boutique.items("deployments,statefulsets")
    }
    assert ready == {**expected, "redis-cart": 1}


def test_callers_find_grpc_services_by_address(boutique: Project) -> None:
    checkout = boutique.get("deployment", "checkoutservice", "-n", boutique.namespace)
    (container,) = checkout["spec"]["template"]["spec"]["containers"]
    env = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert env["PRODUCT_CATALOG_SERVICE_ADDR"] == "productcatalogservice:3550"
    assert env["PAYMENT_SERVICE_ADDR"] == "paymentservice:50051"
    service = boutique.get("service", "paymentservice", "-n", boutique.namespace)
    assert service["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"


def test_a_service_that_nobody_calls_has_no_service_object_and_only_the_frontend_is_open(
    boutique: Project,
) -> None:
    services = {item["metadata"]["name"]: item["spec"] for item in boutique.items("services")}
    assert "loadgenerator" not in services
    assert len(services) == 11
    open_ones = [name for name, spec in services.items() if spec["type"] != "ClusterIP"]
    assert open_ones == ["frontend"]


def test_each_service_selects_exactly_its_own_pods(boutique: Project) -> None:
    pods = {p["metadata"]["name"]: p["metadata"]["labels"] for p in boutique.items("pods")}
    for service in boutique.items("services"):
        selector, name = service["spec"]["selector"].items(), service["metadata"]["name"]
        chosen = {pod for pod, labels in pods.items() if selector <= labels.items()}
        assert chosen
        assert chosen == {pod for pod in pods if pod.startswith(f"{name}-")}
