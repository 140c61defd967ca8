"""Access through a controller of the cluster: its objects, and its allowed settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.configuration import problems
from tests.unit.components import program

pytestmark = pytest.mark.slow

HOST = "shop.example.com"
ENTRY = {"host": HOST, "className": "public", "cidrs": ["10.1.0.0/16"]}
TLS = {"secret": "shop-tls", "issuer": "letsencrypt"}
NETWORKING = "kubernetes:networking.k8s.io/v1"
GATEWAY_API = "kubernetes:gateway.networking.k8s.io/v1"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"


def run(kind: str, **gateway: Any) -> program.Outcome:
    return program.once("dev", kubernetes=(1, 33), gateway={"kind": kind, **ENTRY, **gateway})


def spec(outcome: program.Outcome, kind: str, name: str) -> Any:
    return outcome.of(kind)[name]["spec"]


def test_an_ingress_sends_requests_for_the_host_to_the_gateway() -> None:
    outcome = run("ingress", tls=TLS, annotations={"example.com/class": "x"})
    ingress = spec(outcome, f"{NETWORKING}:Ingress", "api-gateway")
    assert ingress["ingressClassName"] == "public"
    assert ingress["tls"] == [{"hosts": [HOST], "secretName": "shop-tls"}]
    (rule,) = ingress["rules"]
    assert rule["host"] == HOST
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "api-gateway", "port": {"number": 8080}}
    metadata = outcome.of(f"{NETWORKING}:Ingress")["api-gateway"]["metadata"]
    assert metadata["annotations"]["example.com/class"] == "x"
    assert outcome.outputs["gatewayUrl"] == f"https://{HOST}"


def test_only_routes_of_the_same_namespace_may_attach_to_the_gateway() -> None:
    outcome = run("gatewayApi", tls=TLS)
    gateway = spec(outcome, f"{GATEWAY_API}:Gateway", "api-gateway-gateway")
    assert gateway["gatewayClassName"] == "public"
    (listener,) = gateway["listeners"]
    assert (listener["protocol"], listener["port"], listener["hostname"]) == ("HTTPS", 443, HOST)
    assert listener["tls"]["certificateRefs"] == [{"name": "shop-tls"}]
    assert listener["allowedRoutes"] == {"namespaces": {"from": "Same"}}
    route = spec(outcome, f"{GATEWAY_API}:HTTPRoute", "api-gateway-httproute")
    assert route["parentRefs"] == [{"name": "api-gateway"}]
    assert route["rules"] == [{"backendRefs": [{"name": "api-gateway", "port": 8080}]}]


SOLVER = {"acme.cert-manager.io/http01-solver": "true"}
POLICY = "kubernetes:policy.linkerd.io"


@pytest.mark.parametrize(
    ("gateway", "peers", "ports", "kind"),
    [
        (
            {"kind": "ingress"},
            [{"ipBlock": {"cidr": "10.1.0.0/16"}}],
            [8089],
            "NetworkAuthentication",
        ),
        (
            {"kind": "gatewayApi", "controller": {"serviceAccount": "c", "namespace": "edge"}},
            [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}],
            [8089, 4143],
            "MeshTLSAuthentication",
        ),
    ],
)
def test_an_issuers_challenges_reach_their_answer(
    gateway: dict[str, Any], peers: list[Any], ports: list[int], kind: str
) -> None:
    entry = {k: v for k, v in ENTRY.items() if k != "cidrs" or "controller" not in gateway}
    outcome = program.run("dev", kubernetes=(1, 33), gateway={**entry, **gateway, "tls": TLS})
    wall = spec(outcome, f"{NETWORKING}:NetworkPolicy", "acme-solver")
    assert wall["podSelector"] == {"matchLabels": SOLVER}
    (rule,) = wall["ingress"]
    assert rule["from"] == peers
    assert [port["port"] for port in rule["ports"]] == ports
    server = outcome.of(f"{POLICY}/v1beta3:Server")["acme.solver-server"]["spec"]
    assert (server["podSelector"], server["port"]) == ({"matchLabels": SOLVER}, 8089)
    policies = outcome.of(f"{POLICY}/v1alpha1:AuthorizationPolicy")
    (reference,) = policies["acme.solver-authorizationpolicy"]["spec"]["requiredAuthenticationRefs"]
    assert reference["kind"] == kind


def test_without_an_issuer_there_are_no_challenges() -> None:
    outcome = run("ingress", tls={"secret": "shop-tls"})
    assert "acme-solver" not in outcome.of(f"{NETWORKING}:NetworkPolicy")
    assert "acme.solver-server" not in outcome.of(f"{POLICY}/v1beta3:Server")


@pytest.mark.parametrize("kind", ["ingress", "gatewayApi"])
def test_the_service_is_not_exposed_itself(kind: str) -> None:
    outcome = run(kind)
    service = outcome.of("kubernetes:core/v1:Service")["api-gateway"]["spec"]
    assert service.get("type", "ClusterIP") == "ClusterIP"
    assert "loadBalancerSourceRanges" not in service
    assert outcome.outputs["gatewayUrl"] == f"http://{HOST}"


def test_cert_manager_makes_the_certificate_only_if_an_issuer_is_named() -> None:
    certificate = spec(run("gatewayApi", tls=TLS), CERTIFICATE, "api-gateway-certificate")
    assert certificate["secretName"] == "shop-tls"
    assert certificate["dnsNames"] == [HOST]
    assert certificate["issuerRef"]["name"] == "letsencrypt"
    assert run("gatewayApi", tls={"secret": "shop-tls"}).of(CERTIFICATE) == {}


@pytest.mark.parametrize(
    ("gateway", "words"),
    [
        ({"host": HOST}, "Delete `host`"),
        ({"tls": TLS, "className": "x"}, "Delete `className`, `tls`"),
        ({"kind": "ingress", "cidrs": ["10.0.0.0/8"]}, "Add the host"),
        ({"kind": "ingress", "host": HOST, "className": "x"}, "not both"),
        (
            {
                "kind": "gatewayApi",
                **ENTRY,
                "controller": {"serviceAccount": "nginx", "namespace": "nginx"},
            },
            "not both",
        ),
    ],
    ids=["host", "several", "no host", "nobody", "both"],
)
def test_settings_that_exclude_each_other_are_refused(
    tmp_path: Path, gateway: dict[str, Any], words: str
) -> None:
    found = problems(tmp_path, gateway=gateway)
    assert list(found) == ["gateway"]
    assert words in found["gateway"].fix


@pytest.mark.parametrize("host", ["shop", "Shop.example.com", "shop..com", "https://shop.com", "*"])
def test_hosts(tmp_path: Path, host: str) -> None:
    found = problems(tmp_path, gateway={**ENTRY, "kind": "ingress", "host": host})
    assert "shop.example.com" in found["gateway.host"].allowed


def test_a_gateway_needs_crds_and_a_release_that_has_them(tmp_path: Path) -> None:
    gateway = {"kind": "gatewayApi", **ENTRY}
    assert "linkerd.gatewayApi" in problems(
        tmp_path, gateway=gateway, linkerd={"gatewayApi": "off"}
    )
    found = problems(tmp_path, gateway=gateway, linkerd={"release": "2.14"})
    assert 'before release "2.18"' in found["gateway.kind"].allowed
