"""An automated canary on a real API server: what Flagger wrote is left alone by the next run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.canary import flagger, prometheus
from commands.canary.metrics import MetricsError
from components.config.stack.settings import Cluster, Linkerd
from tests.cluster.checkout import Project, configured

CRDS = Path(__file__).with_name("flagger_crds.yaml")
SERVICE = "notification-service"
PRIMARY = {"app.kubernetes.io/name": f"{SERVICE}-primary"}
IMAGE = "buoyantio/bb:v0.0.7"


@contextmanager
def flagger_crds(project: Project) -> Iterator[None]:
    project.kubectl("apply", "-f", str(CRDS))
    project.kubectl("wait", "--for=condition=Established", "-f", str(CRDS))
    try:
        yield
    finally:
        project.kubectl("delete", "-f", str(CRDS))


def automated(project: Project) -> dict[str, Any]:
    """The stack's settings with an automated canary of the service."""
    config = yaml.safe_load((project.root / "Pulumi.local.yaml").read_text())["config"]
    return {
        "linkerd": {**config["linkerd-platform:linkerd"], "flagger": "external"},
        "canaries": {**config["linkerd-platform:canaries"], SERVICE: {"mode": "automated"}},
    }


def as_flagger(project: Project, kind: str, spec: dict[str, Any]) -> None:
    """Write into an object of the service as Flagger does."""
    project.kubectl(
        *("patch", kind, SERVICE, "-n", project.namespace, "--field-manager=flagger"),
        *("--type=merge", "-p", json.dumps({"spec": spec})),
    )


def spec(project: Project, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = project.get(kind, SERVICE, "-n", project.namespace)["spec"]
    return found


def test_flaggers_fields_are_left_alone_and_taken_back(platform: Project) -> None:
    before = spec(platform, "service")["selector"]
    replicas = spec(platform, "deployment")["replicas"]
    settings = automated(platform)
    with flagger_crds(platform):
        with configured(platform, **settings):
            platform.update()
            assert spec(platform, "canary")["targetRef"]["name"] == SERVICE
            as_flagger(platform, "deployment", {"replicas": 0})
            as_flagger(platform, "service", {"selector": {**PRIMARY, "version": None}})
            platform.configure(services={SERVICE: {"image": IMAGE}})
            platform.update()
        deployment = spec(platform, "deployment")
        assert deployment["template"]["spec"]["containers"][0]["image"] == IMAGE
        assert deployment["replicas"] == 0
        assert spec(platform, "service")["selector"] == PRIMARY
        # What Flagger does when its Canary is deleted.
        as_flagger(platform, "deployment", {"replicas": replicas})
        as_flagger(platform, "service", {"selector": before})
        # Provider 4.18.1 may miss the event of a deletion that it asked for itself, and wait.
        mine = ("-n", platform.namespace, "--all")
        platform.kubectl("delete", "canaries.flagger.app,metrictemplates.flagger.app", *mine)
        with configured(platform, services={SERVICE: {"replicas": replicas + 1}}):
            platform.update()
        assert not platform.items("canaries")
    # Flagger is still a manager of both fields, which is no conflict.
    assert spec(platform, "deployment")["replicas"] == replicas + 1
    platform.update()
    assert spec(platform, "deployment")["replicas"] == replicas
    assert spec(platform, "service")["selector"] == before


def test_flaggers_status_where_there_is_no_flagger(platform: Project) -> None:
    cluster = Cluster(kubeconfig=str(platform.kubeconfig))
    assert "no Canary" in flagger.verdict(cluster, platform.namespace, "user-service").text


def test_the_api_server_itself_answers_for_a_service_that_does_not_exist(
    platform: Project,
) -> None:
    cluster = Cluster(kubeconfig=str(platform.kubeconfig))
    linkerd = Linkerd.model_validate({"prometheusUrl": "http://absent.linkerd-viz:9090"})
    with (
        pytest.raises(MetricsError, match=r'HTTP 404, services "absent" not found'),
        prometheus.reached(cluster, linkerd) as ask,
    ):
        ask("up")
