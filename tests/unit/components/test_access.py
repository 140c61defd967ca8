"""The authorization that follows from the catalogue's calls: its objects and their callers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.config import loading
from components.config.rules import mesh
from components.config.rules.context import StackContext
from components.config.stack.gateway import MeshIdentity
from components.config.stack.settings import Linkerd, Settings
from components.linkerd.paths import overlap
from components.plan.access import InboundRule, inbound_rules, scraper
from components.plan.network import network_policies
from tests.support.access import narrowed
from tests.support.catalogue import STORES, expected, style
from tests.support.configuration import SERVICE, catalogue, problems
from tests.unit.components import program
from tests.unit.components.program import as_engine
from tools import paths

pytestmark = pytest.mark.slow

POLICY = "kubernetes:policy.linkerd.io/v1alpha1"
SERVER = "kubernetes:policy.linkerd.io/v1beta3:Server"
CONTROLLER = {"serviceAccount": "ingress-nginx", "namespace": "ingress"}
BOUTIQUE = "examples/online-boutique/services.yaml"


def opened(
    catalogue: str = "services.yaml", stack: str = "dev", **changes: Any
) -> dict[str, InboundRule]:
    config = {**program.config_of(stack)}
    config |= {f"linkerd-platform:{key}": value for key, value in changes.items()}
    config["linkerd-platform:catalogue"] = catalogue
    loaded = loading.load(
        project="linkerd-platform", stack=stack, config=as_engine(config), root=paths.ROOT
    )
    return {rule.name: rule for rule in inbound_rules(loaded.catalogue, loaded.settings)}


def accounts(rule: InboundRule) -> list[str]:
    return [caller.service_account for caller in rule.callers]


def test_each_port_has_a_rule_with_its_callers() -> None:
    found = opened()
    assert found.keys() == expected("dev").ports
    assert accounts(found["auth-service"]) == ["api-gateway", "user-service"]
    assert accounts(found["email-queue"]) == ["notification-service"]
    assert accounts(found["stripe-mock"]) == ["payment-service"]
    assert accounts(found["redis"]) == ["auth-service"]
    assert accounts(found["user-db"]) == ["user-service", "user-db-backup"]
    for name in ("frontend", "email-queue.monitor", "smtp-service.web"):
        assert accounts(found[name]) == []
    assert {caller.namespace for rule in found.values() for caller in rule.callers} == {
        "microservices"
    }


def test_a_running_load_generator_is_a_caller_of_the_gateway() -> None:
    generator = run(load={"rate": 5}).of("kubernetes:apps/v1:Deployment")["load-generator"]
    template = generator["spec"]["template"]["metadata"]["annotations"]
    assert template["config.linkerd.io/default-inbound-policy"] == "all-authenticated"
    assert accounts(opened()["api-gateway"]) == ["frontend"]
    assert accounts(opened(load={"rate": 5})["api-gateway"]) == ["frontend", "load-generator"]


def test_an_operated_store_replicates_from_itself() -> None:
    rule = opened(stores={"user-db": {"operator": "cloudnative-pg"}})["user-db"]
    assert accounts(rule) == ["user-service", "user-db-backup", "user-db"]


SCRAPED = {"ports": {"metrics": {"port": 9797, "scraped": True}, "admin": {"port": 9798}}}


def offering(tmp_path: Path, **linkerd: Any) -> loading.Configuration:
    """A stack whose service ``api`` offers metrics of its own."""
    document = catalogue(api={**SERVICE, **SCRAPED})
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(document))
    config = as_engine({"linkerd-platform:linkerd": linkerd, "linkerd-platform:namespace": "shop"})
    return loading.load(project="linkerd-platform", stack="dev", config=config, root=tmp_path)


def test_a_scraped_port_lets_the_scraper_in(tmp_path: Path) -> None:
    scraping = {"serviceAccount": "prometheus", "namespace": "monitoring"}
    url = "http://prometheus.monitoring:9090"
    loaded = offering(tmp_path, scraper=scraping, prometheusUrl=url, viz="install")
    rules = {rule.name: rule for rule in inbound_rules(loaded.catalogue, loaded.settings)}
    assert accounts(rules["api.metrics"]) == ["prometheus"]
    assert accounts(rules["api.admin"]) == accounts(rules["api"]) == []
    found = {one.name: one for one in network_policies(loaded.catalogue, loaded.settings)}
    (wall,) = found["api-callers"].ingress
    assert [peer.namespace for peer in wall.peers] == ["monitoring"]
    assert 9797 in wall.ports
    assert not [said for said in loaded.warnings if "scraped" in said]


def test_a_scraped_port_without_a_scraper_is_a_warning(tmp_path: Path) -> None:
    loaded = offering(tmp_path)
    rules = {rule.name: rule for rule in inbound_rules(loaded.catalogue, loaded.settings)}
    assert accounts(rules["api.metrics"]) == []
    (said,) = (each for each in loaded.warnings if "scraped" in each)
    assert "linkerd.scraper: nothing" in said
    assert "services.api.ports.metrics" in said


def test_a_meshed_controller_is_a_caller_of_the_gateway() -> None:
    entry = {
        "kind": "ingress",
        "host": "shop.example.com",
        "className": "nginx",
        "controller": CONTROLLER,
    }
    callers = opened(gateway=entry)["api-gateway"].callers
    assert [(c.service_account, c.namespace) for c in callers] == [
        ("frontend", "microservices"),
        ("ingress-nginx", "ingress"),
    ]


def run(**changes: Any) -> program.Outcome:
    return program.once("dev", kubernetes=(1, 33), **changes)


def specs(outcome: program.Outcome, kind: str) -> dict[str, dict[str, Any]]:
    return {i["metadata"]["name"]: i["spec"] for i in outcome.of(kind).values()}


def test_a_server_for_each_port_closes_it_in_its_own_protocol() -> None:
    servers = specs(run(), SERVER)
    admin = servers.pop("proxy-admin")
    assert admin["port"] == "linkerd-admin"
    protocols = {name: spec["proxyProtocol"] for name, spec in servers.items()}
    assert set(protocols.values()) == {"HTTP/1", "opaque"}
    opaque = {name for name, protocol in protocols.items() if protocol == "opaque"}
    services = expected("dev").services
    assert opaque == {*STORES, *(name for name in services if style(services[name]) == "opaque")}
    ports = [(str(s["podSelector"]), s["port"]) for s in servers.values()]
    assert len(ports) == len(set(ports)) == len(expected("dev").ports)
    assert all("accessPolicy" not in spec for spec in servers.values())


def test_who_is_not_called_has_no_authorization() -> None:
    policies = specs(run(), f"{POLICY}:AuthorizationPolicy")
    targets = [spec["targetRef"]["name"] for spec in policies.values()]
    assert {"frontend", "email-queue.monitor", "smtp-service.web"}.isdisjoint(targets)
    assert sorted(targets).count("api-gateway") == 2
    assert set(targets) == {name for name, d in opened().items() if d.callers} | {"proxy-admin"}


def test_servers_come_after_what_opens_them() -> None:
    names = [(r.type.rpartition(":")[2], r.name) for r in run().registered]
    for kind in ("meshtlsauthentication", "authorizationpolicy"):
        opener = ("MeshTLSAuthentication", "AuthorizationPolicy")[kind == "authorizationpolicy"]
        assert names.index((opener, f"auth-service-{kind}")) < names.index(
            ("Server", "auth-service-server")
        )


@pytest.mark.parametrize("policy", ["all-authenticated", "cluster-authenticated", "deny", "audit"])
def test_every_pod_template_carries_the_policy_and_so_restarts_with_it(policy: str) -> None:
    outcome = run(linkerd={"release": "2.20", "defaultInboundPolicy": policy})
    kinds = ("apps/v1:Deployment", "apps/v1:StatefulSet")
    templates = [
        i["spec"]["template"] for kind in kinds for i in outcome.of(f"kubernetes:{kind}").values()
    ]
    jobs = outcome.of("kubernetes:batch/v1:CronJob").values()
    templates += [job["spec"]["jobTemplate"]["spec"]["template"] for job in jobs]
    assert len(templates) == len(expected("dev").workloads)
    key = "config.linkerd.io/default-inbound-policy"
    assert {t["metadata"]["annotations"][key] for t in templates} == {policy}
    spaces = outcome.of("kubernetes:core/v1:Namespace")
    assert spaces["microservices"]["metadata"]["annotations"][key] == policy
    values = outcome.of("kubernetes:helm.sh/v3:Release")["linkerd-control-plane"]["values"]
    # An audit is of one namespace, and every proxy may call the collector.
    cluster = "all-authenticated" if policy == "audit" else policy
    assert values["proxy"]["defaultInboundPolicy"] == cluster
    collector = policy if policy == "cluster-authenticated" else "all-authenticated"
    assert spaces["jaeger"]["metadata"]["annotations"][key] == collector


def test_an_audit_lets_everybody_through_every_server() -> None:
    outcome = run(linkerd={"release": "2.20", "defaultInboundPolicy": "audit"})
    assert {spec.get("accessPolicy") for spec in specs(outcome, SERVER).values()} == {"audit"}


def test_an_audit_needs_a_release_that_knows_it() -> None:
    linkerd = {"release": "2.14", "defaultInboundPolicy": "audit"}
    with pytest.raises(pulumi.RunError) as error:
        program.run("dev", kubernetes=(1, 28), linkerd=linkerd, pods={"preStopSeconds": 0})
    assert "the inbound policy `audit`" in str(error.value)
    assert 'allowed: "2.18" or later' in str(error.value)
    assert "all-authenticated" in str(error.value)


def test_only_the_scraper_reads_the_proxies_metrics() -> None:
    found = specs(run(), f"{POLICY}:MeshTLSAuthentication")["proxy-admin"]
    assert [(r["name"], r["namespace"]) for r in found["identityRefs"]] == [
        ("prometheus", "linkerd-viz")
    ]
    url, own = "http://prometheus.monitoring:9090", {"serviceAccount": "a", "namespace": "b"}
    for linkerd in ({"viz": "off"}, {"prometheusUrl": url}):
        assert scraper(Linkerd.model_validate(linkerd)) is None
        told = scraper(Linkerd.model_validate({**linkerd, "scraper": own}))
        assert told == MeshIdentity.model_validate(own)


@pytest.mark.parametrize(
    ("policy", "walls"),
    [
        ("deny", False),
        ("all-authenticated", False),
        ("cluster-authenticated", False),
        ("audit", True),
    ],
)
def test_what_refuses_clients_wants_to_know_who_scrapes(
    tmp_path: Path, policy: str, walls: bool
) -> None:
    linkerd = {"defaultInboundPolicy": policy, "prometheusUrl": "http://prometheus.monitoring:9090"}
    found = problems(tmp_path, linkerd=linkerd, networkPolicies=walls)["linkerd.scraper"]
    assert "no metrics" in found.fix
    assert ("networkPolicies" if walls else policy) in found.found


def test_where_nothing_refuses_clients_the_scraper_may_be_anybody() -> None:
    linkerd = {"defaultInboundPolicy": "audit", "prometheusUrl": "http://p.m:9090"}
    settings = Settings.model_validate({"linkerd": linkerd, "networkPolicies": False})
    assert not [*mesh.scraper_is_let_in(StackContext(settings=settings))]


# Routes that only some of a service's callers may use.


def inbound(outcome: program.Outcome) -> dict[str, dict[str, Any]]:
    routes = specs(outcome, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")
    return {n: s for n, s in routes.items() if s["parentRefs"][0]["kind"] == "Server"}


def test_a_route_with_callers_is_authorized_by_itself(tmp_path: Path) -> None:
    outcome = narrowed(tmp_path)
    routes = inbound(outcome)
    assert routes.keys() == {"auth.post-login", "auth.get-session-id", "auth.probes"}
    assert routes["auth.post-login"]["rules"] == [
        {"matches": [{"method": "POST", "path": {"type": "Exact", "value": "/login"}}]}
    ]
    policies = specs(outcome, f"{POLICY}:AuthorizationPolicy")
    targets = {
        name: (spec["targetRef"]["kind"], spec["requiredAuthenticationRefs"][0]["name"])
        for name, spec in policies.items()
        if name.startswith("auth")
    }
    assert targets == {
        "auth.post-login": ("HTTPRoute", "auth.post-login"),
        "auth.get-session-id": ("HTTPRoute", "auth"),
        "auth.probes": ("HTTPRoute", "auth.probes"),
    }
    identities = specs(outcome, f"{POLICY}:MeshTLSAuthentication")
    named = {n: [r["name"] for r in s["identityRefs"]] for n, s in identities.items()}
    assert named["auth.post-login"] == ["web"]
    assert named["auth"] == ["api", "web"]


def test_probes_need_a_route_of_their_own_only_beside_other_routes(tmp_path: Path) -> None:
    outcome = narrowed(tmp_path, routes=[{"method": "GET", "path": "/"}])
    assert inbound(outcome) == {}
    policies = specs(outcome, f"{POLICY}:AuthorizationPolicy")
    assert policies["auth"]["targetRef"]["kind"] == "Server"


def test_grpc_with_routes_is_matched_as_http_2(tmp_path: Path) -> None:
    probe = {"tcp": True}
    assert (
        specs(narrowed(tmp_path, protocol="grpc", probe=probe), SERVER)["auth"]["proxyProtocol"]
        == "HTTP/2"
    )
    plain = narrowed(tmp_path, protocol="grpc", probe=probe, routes=[])
    assert specs(plain, SERVER)["auth"]["proxyProtocol"] == "gRPC"


CALLERS = {"web": {**SERVICE, "calls": ["api"]}, "ui": {**SERVICE, "calls": ["api"]}}


def route(path: str, *callers: str) -> dict[str, Any]:
    return {"method": "GET", "path": path, **({"callers": [*callers]} if callers else {})}


@pytest.mark.parametrize(
    ("routes", "path", "words"),
    [
        ([route("/a", "wev")], "0.callers.0", "Did you mean `web`?"),
        ([route("/a", "web", "web")], "0.callers.1", "Delete the entry"),
        ([route("/u/{id}"), route("/u/me", "web")], "1.callers", "same `callers`"),
    ],
    ids=["unknown", "twice", "overlapping"],
)
def test_callers_that_cannot_be(tmp_path: Path, routes: list[Any], path: str, words: str) -> None:
    document = {"gateway": "web", "services": {**CALLERS, "api": {**SERVICE, "routes": routes}}}
    found = problems(tmp_path, document)
    assert list(found) == [f"services.api.routes.{path}"]
    assert words in found[f"services.api.routes.{path}"].fix


def test_a_gateways_routes_have_no_callers(tmp_path: Path) -> None:
    web = {**SERVICE, "routes": [route("/", "ui")]}
    document = {"gateway": "web", "services": {"web": web, "ui": {**SERVICE, "calls": ["web"]}}}
    assert (
        "no mesh identity" in problems(tmp_path, document)["services.web.routes.0.callers"].allowed
    )


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("/a", "/a", True),
        ("/a", "/b", False),
        ("/a/{x}", "/a/b", True),
        ("/a/{x}", "/{y}/b", True),
        ("/a/{x}", "/a/b/c", False),
        ("/a/v{x}", "/a/b", False),
        ("/a.b", "/axb", False),
    ],
)
def test_paths_that_have_requests_in_common(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is overlap(other, one) is meet


def test_the_boutique_has_a_rule_for_each_port() -> None:
    nothing: dict[str, Any] = {"canaries": {}, "standIns": [], "secrets": {}}
    found = opened(BOUTIQUE, **nothing)
    assert accounts(found["cartservice"]) == ["frontend", "checkoutservice"]
    assert accounts(found["frontend"]) == ["loadgenerator"]
    assert accounts(found["redis-cart"]) == ["cartservice"]
    shipping = {r.route.path.rpartition("/")[2]: r for r in found["shippingservice"].routes}
    callers = {n: [c.service_account for c in r.callers] for n, r in shipping.items()}
    assert callers == {
        "GetQuote": ["frontend", "checkoutservice"],
        "ShipOrder": ["checkoutservice"],
    }
