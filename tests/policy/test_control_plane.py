from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import release, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, notes, violations

CONTROL_PLANE = "linkerd-control-plane-strict-mtls"


CHARTS = [
    "linkerd-control-plane",
    "./charts/linkerd-control-plane",
    "oci://registry.example/charts/linkerd-control-plane",
    "charts/linkerd-control-plane-1.16.11.tgz",
    "linkerd-enterprise-control-plane",
    "linkerd-buoyant/linkerd-enterprise-control-plane",
    "oci://registry.example/charts/linkerd-enterprise-control-plane:2.19.4",
    "./linkerd-enterprise-control-plane-2.16.2.tgz",
    "my-linkerd-control-plane",
    "linkerd2-control-plane",
]


@pytest.mark.parametrize("chart", CHARTS)
def test_control_plane_needs_a_strict_default(chart: str) -> None:
    weak: list[Any] = [{}, None, {"proxy": {}}, {"proxy": {"defaultInboundPolicy": "audit"}}]
    for values in weak:
        (message,) = violations(CONTROL_PLANE, release(chart, values=values))
        assert "values.proxy.defaultInboundPolicy" in message
    strict = {"proxy": {"defaultInboundPolicy": "deny"}, "identityTrustAnchorsPEM": UNKNOWN_TEXT}
    assert violations(CONTROL_PLANE, release(chart, values=strict)) == []
    assert violations(CONTROL_PLANE, release(chart, values=strict), allowedPolicies=["deny"]) == []
    narrow = ["all-authenticated"]
    assert (
        len(violations(CONTROL_PLANE, release(chart, values=strict), allowedPolicies=narrow)) == 1
    )


@pytest.mark.parametrize(
    "values",
    [UNKNOWN_MAP, {"proxy": UNKNOWN_MAP}, {"proxy": {"defaultInboundPolicy": UNKNOWN_TEXT}}],
)
def test_control_plane_default_must_be_plain(values: Any) -> None:
    (message,) = violations(CONTROL_PLANE, release("linkerd-control-plane", values=values))
    assert "plain value" in message


@pytest.mark.parametrize("chart", ["linkerd-enterprise-control-plane", "my-linkerd-control-plane"])
def test_a_chart_around_the_control_plane_hands_on_its_values(chart: str) -> None:
    def around(values: Any, **more: Any) -> Manifest:
        return release(chart, values={"license": "x", "linkerd-control-plane": values, **more})

    strict = {"proxy": {"defaultInboundPolicy": "all-authenticated"}}
    assert violations(CONTROL_PLANE, around(strict)) == []
    for weak in ({}, UNKNOWN_MAP, {"proxy": {"defaultInboundPolicy": "audit"}}):
        for more in ({}, strict):
            (message,) = violations(CONTROL_PLANE, around(weak, **more))
            assert "values.linkerd-control-plane.proxy.defaultInboundPolicy" in message


def test_other_charts_do_not_matter() -> None:
    for chart in (
        "linkerd-crds",
        "linkerd-enterprise-crds",
        "linkerd-viz",
        "redis",
        "istio-control-plane",
    ):
        assert violations(CONTROL_PLANE, release(chart, values={})) == []
    assert violations(CONTROL_PLANE, release("linkerd-control-plane-extras", values={})) == []
    assert violations(CONTROL_PLANE, release(UNKNOWN_TEXT, values={})) == []
    assert len(notes(CONTROL_PLANE, release(UNKNOWN_TEXT, values={}))) == 1


@pytest.mark.parametrize(
    ("policy", "count"), [("all-unauthenticated", 1), ("deny", 0), ("audit=deny", 1)]
)
def test_control_plane_that_pulumi_renders(policy: str, count: int) -> None:
    pod = {
        "metadata": {"labels": {"linkerd.io/control-plane-component": "destination"}},
        "spec": {
            "containers": [
                {"name": "destination", "args": ["destination"]},
                {"name": "policy", "args": ["--x", UNKNOWN_TEXT, f"--default-policy={policy}"]},
            ]
        },
    }
    spec = {"template": pod}
    deployment = thing("apps/v1", "Deployment", "linkerd-destination", spec, "linkerd")
    found = violations(CONTROL_PLANE, deployment)
    assert len(found) == count
    assert all("spec.template.spec.containers[1].args (--default-policy)" in one for one in found)
