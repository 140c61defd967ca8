"""``make rollback`` on a real API server, with everything else in the worst state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from tests.cluster.checkout import Project, configured, edited

ROUTED = "flaky-service"
UNREACHABLE = {"repository": "http://127.0.0.1:9"}


@contextmanager
def second_version(project: Project) -> Iterator[None]:
    """Give a service of the style ``route`` a second version."""
    file = project.root / "services.yaml"
    before = file.read_text()
    catalogue = yaml.safe_load(before)
    catalogue["services"][ROUTED]["versions"] = {"v1": {}, "v2": {}}
    file.write_text(yaml.safe_dump(catalogue, sort_keys=False))
    try:
        yield
    finally:
        file.write_text(before)


def weights(project: Project) -> dict[str, list[list[int]]]:
    """The weights in every object that shares out requests."""
    splits = {
        one["metadata"]["name"]: [[each["weight"] for each in one["spec"]["backends"]]]
        for one in project.items("trafficsplits")
    }
    routes = {
        one["metadata"]["name"]: [
            [each["weight"] for each in rule["backendRefs"]] for rule in one["spec"]["rules"]
        ]
        for one in project.items("httproutes.gateway.networking.k8s.io")
        if one["metadata"]["name"].startswith(ROUTED)
    }
    return splits | routes


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name.rpartition("/")[2] for name in before | after if before[name] != after[name]}


def canaries(**weights: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        name.replace("_", "-"): {"weight": weight} for name, weight in weights.items()
    }
    found[ROUTED]["headers"] = {"x-tester": "yes"}
    return found


def test_a_rollback_touches_its_own_objects_whatever_else_is_wrong(platform: Project) -> None:
    up = yaml.safe_load((platform.root / "Pulumi.local.yaml").read_text())["config"]
    linkerd = up["linkerd-platform:linkerd"]
    node = platform.get("nodes")["items"][0]["metadata"]["name"]
    with (
        second_version(platform),
        configured(platform, canaries=canaries(user_service=10, flaky_service=20)),
    ):
        platform.update()
        routes = [name for name in weights(platform) if name.startswith(ROUTED)]
        assert len(routes) > 1
        before = platform.versions()
        platform.kubectl("cordon", node)
        # Charts that cannot be had, a raise that the gate refuses, a setting that is wrong.
        platform.configure(
            linkerd={**linkerd, "charts": UNREACHABLE},
            canaries=canaries(user_service=10, flaky_service=100),
            networkPolicies="maybe",
        )
        with edited(platform, "services.yaml", "api-gateway:", "api-gateway: ["):
            run = platform.deploy("rollback", "--service", "user-service")
            assert run.code == 0, run.output[-3000:]
            assert changed(before, platform.versions()) == {"user-service-split"}
            assert weights(platform)["user-service-split"] == [[1000, 0]]
            run = platform.deploy("rollback", "--service", ROUTED)
            assert run.code == 0, run.output[-3000:]
        assert "sends 0 % of its requests" in run.output
        after = platform.versions()
        assert changed(before, after) == {"user-service-split", *routes}
        # Testers still get the new version.
        assert {str(weights(platform)[name]) for name in routes} == {"[[1000], [1000, 0]]"}
        platform.kubectl("uncordon", node)
        # The next run has nothing to change, and the outputs are those of what is deployed.
        platform.configure(
            linkerd=linkerd,
            canaries=canaries(user_service=0, flaky_service=0),
            networkPolicies=None,
        )
        run = platform.deploy("preview", "--exit-code")
        assert run.code == 0, run.output[-3000:]
    platform.update()
    assert weights(platform)["user-service-split"] == [[900, 100]]
