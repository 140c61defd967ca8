"""What a cluster must have for the mesh, decided by what its API server answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.cluster import certificates, checks, connection, kube_system
from components.cluster.facts import Facts, GatewayCrds
from components.config.problems import ConfigurationError
from components.config.stack.settings import Settings
from components.linkerd.releases import RELEASES
from tests.unit.mesh.clusters import facts, found

OURS = GatewayCrds(version=(1, 2, 1), owner="pulumi")


@pytest.mark.parametrize(
    ("linkerd", "answered"),
    [
        ({}, facts()),
        ({}, facts(gateway_api=OURS)),
        ({"highAvailability": True}, facts()),
        ({"nativeSidecar": True}, facts()),
        ({"gatewayApi": "external"}, facts(gateway_api=GatewayCrds(version=(1, 5, 1)))),
        ({"gatewayApi": "external"}, facts(gateway_api=GatewayCrds(version=None))),
        ({"gatewayApi": "off"}, facts()),
        (
            {"release": "2.14"},
            facts((1, 28), gateway_api=GatewayCrds(version=(0, 7, 1), owner="helm:linkerd-crds")),
        ),
    ],
)
def test_a_cluster_that_fits(linkerd: dict[str, Any], answered: Facts) -> None:
    assert found(answered, **linkerd) == []


@pytest.mark.parametrize(
    ("linkerd", "answered", "path", "words"),
    [
        ({}, facts((1, 30)), "release", '"2.20" on Kubernetes 1.30'),
        ({"highAvailability": True}, facts(nodes=2), "highAvailability", "with 2 nodes"),
        (
            {"release": "2.18", "nativeSidecar": True},
            facts((1, 28)),
            "nativeSidecar",
            "true on Kubernetes 1.28",
        ),
        ({}, facts(gateway_api=GatewayCrds(version=(1, 2, 1))), "gatewayApi", "somebody else"),
        (
            {"release": "2.18"},
            facts((1, 28), gateway_api=GatewayCrds(version=(0, 7, 1), owner="helm:linkerd-crds")),
            "gatewayApi",
            "the Helm release linkerd-crds installed (Gateway API 0.7.1)",
        ),
        ({"release": "2.14"}, facts((1, 28), gateway_api=OURS), "gatewayApi", "pulumi installed"),
        ({"gatewayApi": "external"}, facts(), "gatewayApi", "has no such CRDs"),
        (
            {"gatewayApi": "external"},
            facts(gateway_api=GatewayCrds(version=(1, 1, 1))),
            "gatewayApi",
            "the cluster has Gateway API 1.1.1",
        ),
    ],
)
def test_a_cluster_that_does_not_fit(
    linkerd: dict[str, Any], answered: Facts, path: str, words: str
) -> None:
    (finding,) = found(answered, **linkerd)
    assert finding.path == f"linkerd.{path}"
    assert words in finding.found


@pytest.mark.parametrize(
    ("served", "missing"),
    [
        ({}, "no TCPRoute v1alpha2 or TLSRoute v1alpha2 (Gateway API 1.5.1, standard channel)"),
        ({"TLSRoute": frozenset({"v1"})}, "no TCPRoute v1alpha2 or TLSRoute v1alpha2"),
        ({"TLSRoute": frozenset({"v1", "v1alpha2"})}, "no TCPRoute v1alpha2"),
    ],
)
def test_egress_is_limited_only_where_the_routes_are_served(
    served: dict[str, frozenset[str]], missing: str
) -> None:
    crds = GatewayCrds(version=(1, 5, 1), channel="standard", served=served)
    external = {"gatewayApi": "external"}
    (finding,) = found(facts(gateway_api=crds), **external, egress="limited")
    assert finding.path == "linkerd.egress"
    assert missing in finding.found
    assert found(facts(gateway_api=crds), **external) == []
    both = dict.fromkeys(("TLSRoute", "TCPRoute"), frozenset({"v1alpha2"}))
    able = GatewayCrds(version=(1, 5, 1), channel="experimental", served=both)
    assert found(facts(gateway_api=able), **external, egress="limited") == []


def test_the_channel_and_what_is_served_are_read_off_the_crds() -> None:
    def crd(**versions: bool) -> Any:
        listed = [SimpleNamespace(name=name, served=served) for name, served in versions.items()]
        annotations = {
            "gateway.networking.k8s.io/bundle-version": "v1.2.1",
            "gateway.networking.k8s.io/channel": "experimental",
        }
        return SimpleNamespace(
            metadata=SimpleNamespace(annotations=annotations, managed_fields=None),
            spec=SimpleNamespace(versions=listed),
        )

    crds = {"httproutes": crd(v1=True), "tlsroutes": crd(v1alpha2=True, v1alpha1=False)}

    def listed(field_selector: str, **_: Any) -> Any:
        plural = field_selector.removeprefix("metadata.name=").partition(".")[0]
        return SimpleNamespace(items=[crds[plural]] if plural in crds else [])

    extensions = SimpleNamespace(list_custom_resource_definition=listed)
    answer = connection.gateway_api(extensions)
    assert answer is not None
    assert (answer.version, answer.channel) == ((1, 2, 1), "experimental")
    assert answer.served == {"TLSRoute": frozenset({"v1alpha2"}), "TCPRoute": frozenset()}
    crds.clear()
    assert connection.gateway_api(extensions) is None


def run(monkeypatch: pytest.MonkeyPatch, answered: Facts, **linkerd: Any) -> list[str]:
    """What a run is warned of. Raises :class:`ConfigurationError` where it is refused."""
    monkeypatch.setattr(connection, "ask", lambda _: answered)
    monkeypatch.setattr(certificates, "proxies_keep_their_trust", lambda _: [])
    monkeypatch.setattr(kube_system, "is_locked", lambda _: False)
    settings = Settings.model_validate({"linkerd": linkerd, "pods": {"preStopSeconds": 0}})
    return list(checks.warnings(settings, checks.check(settings, file="Pulumi.dev.yaml")))


def mesh(release: str = "2.20", *, replicas: int = 1) -> dict[str, Any]:
    """What tells that the release is deployed."""
    version = RELEASES[release].version
    return {"identity": {"linkerd.io/created-by": f"linkerd/helm {version}"}, "replicas": replicas}


@pytest.mark.parametrize("nodes", [0, 1, 2])
def test_a_node_that_is_down_stops_no_run_of_a_highly_available_mesh(
    monkeypatch: pytest.MonkeyPatch, nodes: int
) -> None:
    answered = facts(nodes=nodes, **mesh(replicas=3))
    (warning,) = run(monkeypatch, answered, highAvailability=True)
    assert "linkerd.highAvailability" in warning
    assert f"{nodes} nodes that take pods" in warning
    assert "so the run goes on" in warning
    assert "false" not in warning  # which would end the high availability
    assert run(monkeypatch, answered, highAvailability=False) == []
    # An upgrade in the same state is Linkerd's own risk, not one of its nodes' number.
    older = facts((1, 31), nodes=nodes, **mesh("2.18", replicas=3))
    assert len(run(monkeypatch, older, highAvailability=True)) == 1


@pytest.mark.parametrize("deployed", [{}, mesh(), mesh(replicas=2)], ids=["nothing", "one", "two"])
def test_high_availability_is_switched_on_only_where_the_nodes_are(
    monkeypatch: pytest.MonkeyPatch, deployed: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="with 2 nodes that take pods"):
        run(monkeypatch, facts(nodes=2, **deployed), highAvailability=True)
    assert run(monkeypatch, facts(nodes=3, **deployed), highAvailability=True) == []


@pytest.mark.parametrize(("release", "version"), [("2.20", (1, 99)), ("2.18", (1, 33))])
def test_an_upgraded_cluster_stops_no_run_of_the_deployed_release(
    monkeypatch: pytest.MonkeyPatch, release: str, version: tuple[int, int]
) -> None:
    (warning,) = run(monkeypatch, facts(version, **mesh(release)), release=release)
    assert f'"{release}" on Kubernetes {version[0]}.{version[1]}' in warning


@pytest.mark.parametrize("deployed", [{}, mesh("2.14")], ids=["nothing", "another release"])
def test_a_release_that_does_not_suit_the_cluster_is_not_begun(
    monkeypatch: pytest.MonkeyPatch, deployed: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=r"on Kubernetes 1\.99"):
        run(monkeypatch, facts((1, 99), **deployed), release="2.20")


def test_crds_that_their_owner_upgraded_stop_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = facts(gateway_api=GatewayCrds(version=(9, 0, 0)), **mesh())
    (warning,) = run(monkeypatch, newer, gatewayApi="external")
    assert "Gateway API 9.0.0" in warning
    gone = facts(**mesh())
    with pytest.raises(ConfigurationError, match="no such CRDs"):
        run(monkeypatch, gone, gatewayApi="external")


def test_every_misfit_is_found_at_once() -> None:
    answered = facts((1, 30), nodes=1, gateway_api=GatewayCrds(version=None))
    assert len(found(answered, highAvailability=True)) == 3


def _node(*, ready: str = "True", closed: bool = False, effect: str | None = None) -> Any:
    taints = [SimpleNamespace(effect=effect)] if effect else None
    conditions = [SimpleNamespace(type="Ready", status=ready)]
    return SimpleNamespace(
        spec=SimpleNamespace(unschedulable=closed, taints=taints),
        status=SimpleNamespace(conditions=conditions),
    )


@pytest.mark.parametrize(
    ("node", "takes"),
    [
        (_node(), True),
        (_node(effect="PreferNoSchedule"), True),
        (_node(effect="NoSchedule"), False),
        (_node(closed=True), False),
        (_node(ready="Unknown"), False),
    ],
)
def test_a_node_that_takes_pods(node: Any, takes: bool) -> None:
    assert connection.takes_pods(node) is takes
