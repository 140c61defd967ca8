"""The wrong cluster and a step back are refused before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from commands.render import program as recorded
from components.cluster import guards, ownership
from components.cluster.facts import ClusterContext, Facts
from components.config.stack.settings import Linkerd, Settings
from tests.support.catalogue import expected
from tests.unit.components import program

pytestmark = pytest.mark.slow

STACK = "linkerd-platform/prod"


def facts(deployed: str = "", **values: Any) -> Facts:
    """A cluster with this version of Linkerd in it, as Linkerd's charts write it down."""
    identity = {"linkerd.io/created-by": f"linkerd/helm {deployed}"} if deployed else {}
    known = {"uid": "1234", "server": "https://one.test", **values}
    return Facts(version=(1, 33), identity=identity, **known)


def refused(
    found: Facts, *, cluster: Mapping[str, Any] | None = None, **linkerd: Any
) -> list[tuple[str, str, str]]:
    """Path, what was found and what is allowed, of each finding."""
    settings = Settings.model_validate({"cluster": cluster or {}, "linkerd": linkerd})
    context = ClusterContext(settings=settings, facts=found, stack=STACK)
    rules = (
        guards.cluster_is_the_configs,
        guards.cluster_is_the_stacks,
        guards.release_is_no_downgrade,
    )
    return [(each.path, each.found, each.allowed) for rule in rules for each in rule(context)]


def test_a_cluster_with_another_uid_is_refused_with_both_named() -> None:
    assert refused(facts(), cluster={"uid": "1234"}) == []
    assert refused(facts(), cluster={"uid": "5678"}) == [
        ("cluster.uid", "the cluster 1234 at https://one.test", "the cluster 5678")
    ]


def test_the_cluster_of_another_stack_is_refused_with_both_named() -> None:
    assert refused(facts(stack=STACK)) == []
    found = refused(facts(stack="linkerd-platform/dev"), cluster={"context": "dev"})
    assert [path for path, *_ in found] == ["cluster.context"]
    assert 'of the stack "linkerd-platform/dev"' in found[0][1]
    assert f'of the stack "{STACK}"' in found[0][2]


@pytest.mark.parametrize(
    ("chosen", "deployed", "is_older"),
    [
        ("2.18", "edge-26.6.3", True),
        ("2.14", "edge-25.4.4", True),  # across the channels, by the table
        ("2.20", "edge-26.8.3", True),  # not in the table, by its numbers
        ("2.14", "stable-2.14.11", True),
        ("2.20", "edge-26.6.3", False),
        ("2.20", "edge-25.4.4", False),
        ("2.20", "edge-26.6.2", False),
        ("2.20", "edge-9.12.30", False),  # numbers, not letters
        ("2.18", "stable-2.14.10", False),
        ("2.18", "dev-0123abc", False),  # nobody knows
        ("2.18", "", False),
    ],
)
def test_an_older_release_than_the_deployed_one_is_refused(
    chosen: str, deployed: str, is_older: bool
) -> None:
    found = refused(facts(deployed), release=chosen)
    assert [path for path, *_ in found] == (["linkerd.release"] if is_older else [])
    if is_older:
        assert f'"{chosen}"' in found[0][1]
        assert f"{deployed} in the cluster" in found[0][1]
    assert refused(facts(deployed), release=chosen, allowDowngrade=True) == []


def warned(chosen: str, deployed: str) -> list[str]:
    linkerd = Linkerd.model_validate({"release": chosen})
    return list(guards.warnings(linkerd, facts(deployed) if deployed else None))


def test_an_upgrade_that_skips_releases_is_warned_of() -> None:
    (warning,) = warned("2.20", "stable-2.14.10")
    assert "from stable-2.14.10 to edge-26.6.3 skips 2.18." in warning
    assert warned("2.20", "edge-25.4.4") == []
    assert warned("2.18", "stable-2.14.10") == []
    assert warned("2.20", "") == []


def test_the_mesh_says_which_stack_it_is_of() -> None:
    outcome = program.run("dev")
    annotations = outcome.of("kubernetes:core/v1:Namespace")["linkerd"]["metadata"]["annotations"]
    assert annotations[ownership.STACK] == "linkerd-platform/dev"


def test_the_program_refuses_before_it_declares_anything() -> None:
    with pytest.raises(pulumi.RunError, match=r"Pulumi\.dev\.yaml: cluster\.uid"):
        program.run("dev", cluster={"uid": "another"})


PROTECTED = {
    "kubernetes:core/v1:Namespace": {"microservices"},
    "kubernetes:apps/v1:StatefulSet": expected("dev").stateful_sets,
    "kubernetes:core/v1:PersistentVolumeClaim": expected("dev").backups,
}


@pytest.mark.parametrize("on", [True, False])
def test_what_holds_data_is_protected_where_the_stack_says_so(on: bool) -> None:
    found: dict[str, set[str]] = {}
    config = {
        **program.config_of("dev"),
        "linkerd-platform:cluster": {"check": False},
        "linkerd-platform:protection": {"resources": on},
    }
    for one in recorded.run("dev", program.as_engine(config)).registrations:
        if one.protect and one.type in (*PROTECTED, "kubernetes:apps/v1:Deployment"):
            found.setdefault(one.type, set()).add(one.name)
    assert found == (PROTECTED if on else {})
