"""What somebody else made is refused by name before anything is changed, with the ways on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.cluster import connection, ownership
from components.cluster.facts import ClusterContext, Facts, Space
from components.config.stack.settings import Settings
from components.findings import Finding
from tests.unit.components import program

STACK = "linkerd-platform/prod"
OURS = Space(stack=STACK)
PULUMI = Space(managers=("pulumi-kubernetes-1a2b3c4d", "kube-controller-manager"))
THEIRS = Space(managers=("kubectl-create",))


def refused(
    spaces: dict[str, Space], *, others: tuple[str, ...] = (), **settings: Any
) -> list[Finding]:
    mesh = spaces.get("linkerd")
    facts = Facts(version=(1, 33), spaces=spaces, others=others, stack=mesh.stack if mesh else "")
    written = {"namespace": "shop", "linkerd": {"viz": "install"}, **settings}
    context = ClusterContext(settings=Settings.model_validate(written), facts=facts, stack=STACK)
    rules = (ownership.namespaces_are_the_stacks, ownership.mesh_is_the_stacks)
    return [finding for rule in rules for finding in rule(context)]


@pytest.mark.parametrize(
    "spaces",
    [
        {},
        {"linkerd": OURS},
        {"linkerd": OURS, "linkerd-viz": OURS, "shop": OURS},
        {"linkerd": OURS, "linkerd-viz": PULUMI, "shop": PULUMI},
        {"other": THEIRS, "flagger-system": THEIRS},
    ],
    ids=["empty", "begun", "whole", "without the newer marks", "none of the program's"],
)
def test_what_the_stack_made_is_its_own(spaces: dict[str, Space]) -> None:
    assert refused(spaces) == []


@pytest.mark.parametrize(
    ("spaces", "path", "words"),
    [
        ({"shop": THEIRS}, "namespace", 'the namespace "shop" in the cluster, which somebody else'),
        ({"linkerd": OURS, "shop": THEIRS}, "namespace", "made with kubectl-create"),
        ({"shop": PULUMI}, "namespace", "pulumi-kubernetes-1a2b3c4d"),
        ({"linkerd": OURS, "shop": Space(stack="theirs/dev")}, "namespace", '"theirs/dev"'),
        ({"shop": Space(helm="shop")}, "namespace", "which the Helm release shop made"),
        ({"linkerd": THEIRS}, "linkerd", 'the namespace "linkerd"'),
        ({"linkerd": PULUMI}, "linkerd", 'the namespace "linkerd"'),
        ({"linkerd": OURS, "linkerd-viz": THEIRS}, "linkerd.viz", '"linkerd-viz"'),
        ({"linkerd": OURS, "shop": Space(stack=STACK, is_ending=True)}, "namespace", "deleted"),
    ],
)
def test_what_somebody_else_made_is_refused_with_its_owner(
    spaces: dict[str, Space], path: str, words: str
) -> None:
    (finding,) = refused(spaces)
    assert finding.path == path
    assert words in finding.found


def test_the_ways_on_are_another_name_or_to_hand_it_over() -> None:
    (finding,) = refused({"shop": THEIRS})
    assert finding.allowed == 'one that the stack "linkerd-platform/prod" made, or none'
    assert finding.fix.startswith("Set another `namespace`.")
    assert (
        "`kubectl annotate --overwrite namespace shop "
        "linkerd-platform.dev/stack=linkerd-platform/prod`" in finding.fix
    )


def test_another_mesh_is_refused() -> None:
    (finding,) = refused({}, others=("Linkerd's CRDs",))
    assert finding.path == "linkerd"
    assert finding.found.startswith("Linkerd's CRDs in the cluster")
    assert "linkerd uninstall" in finding.fix


@pytest.mark.parametrize(
    ("linkerd", "spaces"),
    [
        ({"release": "2.13", "unsupported": "warn", "tracing": "install"}, {"linkerd-jaeger"}),
        ({"tracing": "install"}, {"jaeger"}),
        ({"viz": "install", "flagger": "install"}, {"linkerd-viz", "flagger-system"}),
        ({"viz": "off", "tracing": "off", "smi": "install"}, {"linkerd-smi"}),
    ],
)
def test_only_namespaces_that_the_program_makes_count(
    linkerd: dict[str, Any], spaces: set[str]
) -> None:
    settings = Settings.model_validate({"namespace": "shop", "linkerd": linkerd})
    assert spaces | {"linkerd", "shop"} <= ownership.made_namespaces(settings).keys()


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_every_namespace_of_the_program_is_marked_and_looked_for(stack: str) -> None:
    made = program.once(stack).of("kubernetes:core/v1:Namespace")
    for name, inputs in made.items():
        annotations = inputs["metadata"]["annotations"]
        assert annotations[ownership.STACK] == f"linkerd-platform/{stack}", name
    prefix = "linkerd-platform:"
    written = {key.removeprefix(prefix): v for key, v in program.config_of(stack).items()}
    known = {key: written[key] for key in ("namespace", "linkerd") if key in written}
    settings = Settings.model_validate(known)
    assert ownership.made_namespaces(settings).keys() == made.keys()


@pytest.mark.parametrize(
    ("metadata", "ours"),
    [
        ({"annotations": {ownership.STACK: STACK}}, True),
        ({"managedFields": [{"manager": "pulumi-kubernetes-1a2b3c4d"}]}, True),
        ({"labels": {**ownership.PART_OF, "version": "v1"}}, True),
        ({"labels": {"app.kubernetes.io/managed-by": "pulumi"}}, False),
        ({"managedFields": [{"manager": "kubectl-create"}, {}]}, False),
        ({}, False),
        (
            {
                "annotations": {ownership.STACK: "theirs/dev"},
                "managedFields": [{"manager": "pulumi-kubernetes-1a2b3c4d"}],
            },
            False,
        ),
    ],
)
def test_an_object_is_ours_only_by_a_proof(metadata: dict[str, Any], ours: bool) -> None:
    assert ownership.is_ours(metadata, STACK) == ours


def deployment(namespace: str, **annotations: str) -> Any:
    """An identity controller of Linkerd's CLI, unless it is a Helm release's."""
    created_by = {"linkerd.io/created-by": "linkerd/cli edge-26.6.3"}
    template = SimpleNamespace(metadata=SimpleNamespace(annotations=created_by))
    return SimpleNamespace(
        metadata=SimpleNamespace(
            namespace=namespace,
            annotations={
                f"meta.helm.sh/{key.replace('_', '-')}": v for key, v in annotations.items()
            },
        ),
        spec=SimpleNamespace(template=template),
    )


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (deployment("linkerd"), 1),
        (deployment("mesh", release_name="linkerd-control-plane", release_namespace="mesh"), 1),
        (deployment("linkerd", release_name="theirs", release_namespace="linkerd"), 1),
        (
            deployment(
                "linkerd", release_name="linkerd-control-plane", release_namespace="linkerd"
            ),
            0,
        ),
    ],
)
def test_a_mesh_is_ours_if_our_helm_release_has_it(found: Any, count: int) -> None:
    others = list(connection._other_meshes([found]))
    assert len(others) == count
    assert all("linkerd/cli edge-26.6.3" in one for one in others)
