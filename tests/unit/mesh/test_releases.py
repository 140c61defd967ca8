"""The table of releases: one entry is all that a release takes, and the mesh follows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

import pulumi
import pytest

from components.linkerd import releases
from components.linkerd.high_availability import HA_2_18, HighAvailability
from components.linkerd.releases import RELEASES, Feature, GatewayApi, first_with
from components.mesh.values import merged
from tests.unit.components import program
from tests.unit.mesh import variants

NAMESPACE = "kubernetes:core/v1:Namespace"
MADE_UP = replace(
    RELEASES["2.20"],
    name="9.1",
    version="edge-99.1.1",
    repository="https://charts.example.com",
    charts=dict.fromkeys(("linkerd-crds", "linkerd-control-plane", "linkerd-viz"), "2099.1.1"),
    kubernetes=((1, 60), (1, 61)),
    server_api="policy.linkerd.io/v9",
    http_route_api="gateway.networking.k8s.io/v9",
    gateway_api=GatewayApi(accepted=((9, 0, 0), (9, 1, 0)), install=(9, 0, 5), switch=None),
    high_availability=HighAvailability(control_plane={"controllerReplicas": 9}, viz={}),
)


def test_one_more_entry_is_one_more_release() -> None:
    linkerd = {"release": "9.1", "highAvailability": True}
    with mock.patch.dict(releases.RELEASES, {"9.1": MADE_UP}):
        outcome = program.run("dev", kubernetes=(1, 60), linkerd=linkerd)
        with pytest.raises(pulumi.RunError, match=r"Kubernetes 1\.60 to 1\.61"):
            program.run("dev", kubernetes=(1, 35), linkerd=linkerd)
    found = outcome.of(variants.RELEASE)
    for chart in ("linkerd-crds", "linkerd-control-plane", "linkerd-viz"):
        assert found[chart]["version"] == "2099.1.1"
        assert found[chart]["repositoryOpts"] == {"repo": "https://charts.example.com"}
    assert found["linkerd-control-plane"]["values"]["controllerReplicas"] == 9
    assert "values" not in found["linkerd-crds"] or not found["linkerd-crds"]["values"]
    assert outcome.of("kubernetes:policy.linkerd.io/v9:Server")
    assert outcome.of("kubernetes:gateway.networking.k8s.io/v9:HTTPRoute")
    (crds,) = outcome.of("kubernetes:yaml/v2:ConfigGroup").values()
    assert "/v9.0.5/" in crds["files"][0]
    assert outcome.outputs["linkerdRelease"] == {"name": "9.1", "version": "edge-99.1.1"}


def test_an_unknown_release_is_refused_with_the_known_ones() -> None:
    with pytest.raises(pulumi.RunError, match=r'"2\.14", "2\.18" or "2\.20"'):
        program.run("dev", linkerd={"release": "9.1"})


@pytest.mark.parametrize("release", RELEASES.values(), ids=lambda release: release.name)
def test_what_is_installed_is_what_is_accepted(release: releases.Release) -> None:
    low, high = release.gateway_api.accepted
    assert low < high
    if release.gateway_api.install is not None:
        assert low <= release.gateway_api.install <= high
    assert release.kubernetes[0] < release.kubernetes[1]
    assert release.has_jaeger_extension != (Feature.NATIVE_TRACING in release.features)


@pytest.mark.parametrize("feature", Feature)
def test_later_releases_keep_what_earlier_ones_can(feature: Feature) -> None:
    can = [feature in release.features for release in RELEASES.values()]
    assert can == sorted(can)
    assert first_with(feature) is list(RELEASES.values())[can.index(True)]


def test_a_native_sidecar_is_refused_where_the_release_has_none() -> None:
    linkerd = {"release": "2.14", "nativeSidecar": True}
    with pytest.raises(pulumi.RunError) as error:
        program.run("dev", kubernetes=(1, 28), linkerd=linkerd)
    assert "which lacks proxies as native sidecars, used by linkerd.nativeSidecar" in str(
        error.value
    )
    assert "or delete `linkerd.nativeSidecar`" in str(error.value)


@pytest.mark.parametrize(
    ("release", "mode", "expected"),
    [
        ("2.14", "install", {"enableHttpRoutes": True}),
        ("2.14", "external", {"enableHttpRoutes": False}),
        ("2.18", "install", {"installGatewayAPI": False}),
        ("2.20", "off", {"installGatewayAPI": False}),
    ],
)
def test_the_gateway_api_has_one_owner(
    release: str, mode: releases.Extension, expected: dict[str, bool]
) -> None:
    assert RELEASES[release].gateway_api.crds_values(mode) == expected
    outcome = program.run(
        "dev",
        kubernetes=RELEASES[release].kubernetes[0],
        gateway_api=None,
        linkerd={"release": release, "unsupported": "warn", "gatewayApi": "install"},
    )
    ours = bool(outcome.of("kubernetes:yaml/v2:ConfigGroup"))
    charts: Any = outcome.of(variants.RELEASE)["linkerd-crds"]["values"]
    assert ours != any(charts.values())


def test_namespaces_are_labelled_as_the_cli_does_it() -> None:
    url = "http://prometheus.monitoring:9090"
    scraper = {"serviceAccount": "prometheus", "namespace": "monitoring"}
    linkerd = {"release": "2.18", "prometheusUrl": url, "scraper": scraper}
    found = program.run("dev", kubernetes=(1, 32), linkerd=linkerd).of(NAMESPACE)
    pods = {"pod-security.kubernetes.io/enforce": "privileged"}
    assert found["linkerd"]["metadata"]["annotations"] == {
        "linkerd.io/inject": "disabled",
        "linkerd-platform.dev/stack": "linkerd-platform/dev",
    }
    assert found["linkerd"]["metadata"]["labels"] == {
        "linkerd.io/is-control-plane": "true",
        "config.linkerd.io/admission-webhooks": "disabled",
        "linkerd.io/control-plane-ns": "linkerd",
        **pods,
    }
    for name, extension in (("linkerd-viz", "viz"), ("linkerd-jaeger", "jaeger")):
        labels = {"linkerd.io/extension": extension, **pods}
        assert found[name]["metadata"]["labels"] == labels
    annotations = {
        "config.linkerd.io/default-inbound-policy": "all-authenticated",
        "viz.linkerd.io/external-prometheus": url,
        "linkerd-platform.dev/stack": "linkerd-platform/dev",
    }
    assert found["linkerd-viz"]["metadata"]["annotations"] == annotations


@pytest.mark.parametrize(
    ("policy", "of_viz"),
    [("deny", "all-authenticated"), ("cluster-authenticated", "cluster-authenticated")],
)
def test_the_metrics_of_vizs_own_proxies_can_be_read(policy: str, of_viz: str) -> None:
    linkerd = {"release": "2.20", "defaultInboundPolicy": policy}
    found = program.run("dev", kubernetes=(1, 33), linkerd=linkerd).of(NAMESPACE)
    annotations = found["linkerd-viz"]["metadata"]["annotations"]
    assert annotations["config.linkerd.io/default-inbound-policy"] == of_viz


@pytest.mark.parametrize("mode", ["external", "off"])
def test_what_is_not_to_be_installed_is_not(mode: str) -> None:
    linkerd = {"release": "2.18", "viz": mode, "tracing": mode, "smi": mode, "gatewayApi": mode}
    outcome = program.run(
        "dev", kubernetes=(1, 32), canaries={}, linkerd={**linkerd, "gatewayApi": "external"}
    )
    assert outcome.of(variants.RELEASE).keys() == {"linkerd-crds", "linkerd-control-plane"}
    assert outcome.of(NAMESPACE).keys() == {"linkerd", "microservices"}
    assert not outcome.of("kubernetes:yaml/v2:ConfigGroup")


def test_values_join_key_by_key_and_change_no_part() -> None:
    first = {"proxy": {"resources": 1}, "kept": {"a": 1}}
    assert merged(first, {"proxy": {"tracing": 2}}, {"kept": 3}) == {
        "proxy": {"resources": 1, "tracing": 2},
        "kept": 3,
    }
    assert first == {"proxy": {"resources": 1}, "kept": {"a": 1}}
    assert merged(HA_2_18.control_plane, {}) == HA_2_18.control_plane
