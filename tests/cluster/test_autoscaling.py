"""Autoscaling on a real API server: it takes over and goes without a pod less than its least."""

from __future__ import annotations

from tests.cluster.checkout import Project, configured

SERVICE = "product-service"
IMAGE = "buoyantio/bb:v0.0.7"
LEAST = 3


def replicas(project: Project) -> int:
    found: int = project.get("deployment", SERVICE, "-n", project.namespace)["spec"]["replicas"]
    return found


def test_autoscaling_takes_over_and_goes_again(platform: Project) -> None:
    before = replicas(platform)
    assert before == LEAST
    scaling = {"autoscaling": {"min": LEAST, "max": 10}}
    with configured(platform, services={SERVICE: scaling}):
        platform.update()
        assert replicas(platform) == LEAST
        # As the autoscaler does it.
        target = (f"deployment/{SERVICE}", "-n", platform.namespace)
        platform.kubectl("scale", *target, "--replicas=5")
        platform.configure(services={SERVICE: {**scaling, "image": IMAGE}})
        platform.update()
        assert replicas(platform) == 5
    platform.update()
    assert replicas(platform) == before
