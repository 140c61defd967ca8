"""Who may call whom on the deployed platform: the objects in the API server against the catalogue.

The pods are those that Linkerd's own injector makes of the platform's workloads.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml

from tests.cluster.checkout import Project, Run, configured
from tests.cluster.linkerd import pods, webhooks
from tests.cluster.linkerd.api import Api, Manifest
from tests.cluster.linkerd.authorization import Client, LinkerdPolicy, Request, allowed, identity
from tests.support.catalogue import GATEWAY, NAMESPACE, SERVICES, STORES, declared, expected, port

KINDS = (
    "servers.policy.linkerd.io,serverauthorizations.policy.linkerd.io,"
    "authorizationpolicies.policy.linkerd.io,meshtlsauthentications.policy.linkerd.io,"
    "networkauthentications.policy.linkerd.io,httproutes.gateway.networking.k8s.io,"
    "httproutes.policy.linkerd.io"
)
ADMIN_PORT = 4191
# Anything but a path that a probe asks for.
REQUEST = Request(path="/any")

OUTSIDE = Client("198.51.100.7")
UNMESHED = Client("10.244.0.9")
OF_ANOTHER_NAMESPACE = Client("10.244.0.8", identity("frontend", "default"))
OF_NO_SERVICE = Client("10.244.0.7", identity("default", NAMESPACE))
PROMETHEUS = Client("10.244.0.6", identity("prometheus", "linkerd-viz"))
STRANGERS = {
    "a client outside of the cluster": OUTSIDE,
    "a pod without a proxy": UNMESHED,
    "a namesake in another namespace": OF_ANOTHER_NAMESPACE,
    "a meshed pod of no service": OF_NO_SERVICE,
    "viz's Prometheus": PROMETHEUS,
}


@dataclass(frozen=True)
class World:
    """The policies and the injected pods, each with its workload's name."""

    layers: tuple[LinkerdPolicy, ...]
    pods: dict[str, Manifest]
    accounts: list[str]

    def allows(self, client: Client, name: str, number: int, request: Request = REQUEST) -> bool:
        return allowed(self.layers, client, self.pods[name], number, request)


@pytest.fixture(scope="module")
def world(deployed: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> World:
    api = Api.of(deployed)
    folder = tmp_path_factory.mktemp("proxy-injector")
    with webhooks.serving(webhooks.PROXY_INJECTOR, api, folder, pods.bare("default")):
        made = {
            workload["metadata"]["name"]: api.try_create(pods.of_workload(workload)).object
            for workload in api.items("deployments,statefulsets", NAMESPACE)
        }
    return World(
        layers=(LinkerdPolicy(api.get(KINDS, "--all-namespaces")["items"]),),
        pods=made,
        accounts=[one["metadata"]["name"] for one in api.items("serviceaccounts", NAMESPACE)],
    )


def test_exactly_the_declared_calls_are_allowed(world: World) -> None:
    callees = [*SERVICES, *STORES]
    wanted = expected("local")
    assert world.pods.keys() == {*wanted.deployments, *wanted.stateful_sets}
    assert set(world.accounts) == {*wanted.accounts, "default"}
    found = {
        (account, callee)
        for account in world.accounts
        for callee in callees
        if world.allows(Client("10.244.0.5", identity(account, NAMESPACE)), callee, port(callee))
    }
    # The gateway is open to every address, and so to the addresses of pods.
    everybody = {(account, GATEWAY) for account in world.accounts}
    assert found == declared() | everybody


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_reach_the_gateway_alone(world: World, stranger: str) -> None:
    reached = [n for n in (*SERVICES, *STORES) if world.allows(STRANGERS[stranger], n, port(n))]
    assert reached == [GATEWAY]


def test_a_canarys_pods_have_the_rules_of_their_service(world: World) -> None:
    for account in world.accounts:
        client = Client("10.244.0.5", identity(account, NAMESPACE))
        assert world.allows(client, "user-service-v2", 8080) is (account == GATEWAY)


def test_side_ports_are_closed_to_everybody(world: World) -> None:
    clients = [Client("10.244.0.5", identity(a, NAMESPACE)) for a in world.accounts]
    for name, number in (("email-queue", 8222), ("smtp-service", 8025)):
        assert number in [p["port"] for p in SERVICES[name]["ports"].values()]
        for client in (*clients, *STRANGERS.values()):
            assert not world.allows(client, name, number)


def test_a_port_that_nobody_declares_takes_mesh_identities_only(world: World) -> None:
    for name in world.pods:
        assert not world.allows(UNMESHED, name, 9999)
        assert not world.allows(OUTSIDE, name, 9999)
        assert world.allows(OF_ANOTHER_NAMESPACE, name, 9999)


def test_probes_and_scrapes_pass(world: World) -> None:
    assert world.allows(UNMESHED, "frontend", 8080, Request(path="/healthz"))
    for name in world.pods:
        assert world.allows(UNMESHED, name, ADMIN_PORT, Request(path="/live"))
        assert world.allows(PROMETHEUS, name, ADMIN_PORT, Request(path="/metrics"))
        assert not world.allows(OF_ANOTHER_NAMESPACE, name, ADMIN_PORT, Request(path="/metrics"))


def test_a_change_of_the_policy_shows_each_workload_that_restarts(platform: Project) -> None:
    config = yaml.safe_load((platform.root / "Pulumi.local.yaml").read_text())["config"]
    linkerd = {**config["linkerd-platform:linkerd"], "defaultInboundPolicy": "deny"}
    with configured(platform, linkerd=linkerd):
        run = platform.deploy("preview")
    assert run.code == 0, run.output[-5000:]
    diff = platform.engine_output("preview")
    change = 'config.linkerd.io/default-inbound-policy: "all-authenticated" => "deny"'
    workloads = platform.items("deployments,statefulsets,cronjobs")
    assert diff.count(change) == len(workloads) + 1  # and the namespace
    for kind in ("Deployment", "StatefulSet", "CronJob"):
        updated = diff.count(f":{kind}: (update)")
        assert updated == sum(1 for each in workloads if each["kind"] == kind)
