"""Any config is refused with what to do, or its objects do not switch each other off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from components.cluster.facts import GatewayCrds
from components.config.problems import ConfigurationError, Problem
from components.config.stack.settings import Settings
from components.config.validation import validate
from components.linkerd.releases import RELEASES
from components.plan.weights import TOTAL, Weights, weights
from linkerd_policies.framework.objects import KubeObject, objects_of
from linkerd_policies.reading import linkerd
from linkerd_policies.rules import clashes
from tests.support.configuration import loaded
from tests.unit.components import any_config, program
from tests.unit.components.any_config import (
    ANY_CATALOGUE,
    CONFIGS,
    KUBERNETES,
    LIKELY_CATALOGUE,
    WEIGHTS,
)

pytestmark = pytest.mark.slow

SPLIT = "split.smi-spec.io/v1alpha2"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder with the OpenAPI files that the catalogues name."""
    for name, document in any_config.OPENAPI.items():
        (tmp_path / name).write_text(yaml.safe_dump(document))
    return tmp_path


def problems_of(
    root: Path, catalogue: dict[str, Any], config: dict[str, Any]
) -> tuple[Problem, ...]:
    """What is wrong with a catalogue and a stack's config; nothing where they are valid."""
    try:
        loaded(root, catalogue, **config)
    except ConfigurationError as error:
        return error.problems
    return ()


def test_what_is_refused_says_where_and_what_to_do(root: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=80, deadline=None)
    @given(ANY_CATALOGUE, CONFIGS)
    def check(catalogue: dict[str, Any], config: dict[str, Any]) -> None:
        problems = problems_of(root, catalogue, config)
        seen["refused" if problems else "accepted"] += 1
        for problem in problems:
            assert problem.file in {"services.yaml", "Pulumi.dev.yaml", *any_config.OPENAPI}
            assert problem.path
            assert problem.found
            assert problem.allowed
            assert problem.fix.endswith((".", "?"))

    check()
    assert min(seen["refused"], seen["accepted"]) > 10, seen


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # each run is a second: no time to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(LIKELY_CATALOGUE, CONFIGS)
def test_no_valid_config_makes_objects_that_clash(
    root: Path, catalogue: dict[str, Any], config: dict[str, Any]
) -> None:
    assume(not problems_of(root, catalogue, config))
    outcome = program.of_catalogue(
        root,
        catalogue,
        kubernetes=KUBERNETES[config["linkerd"]["release"]],
        gateway_api=gateway_api(config["linkerd"]),
        **config,
    )
    objects = [
        found
        for each in outcome.registered
        for found in objects_of(each.type, each.inputs, each.name, each.name)
    ]
    findings = [
        finding.message
        for rule in clashes.RULES
        for finding in rule.check(objects, rule.resolve(None))
    ]
    assert findings == []
    assert all(sum(each) == TOTAL for each in split_weights(objects))
    assert len({(o.group_kind, o.namespace, o.name) for o in objects}) == len(objects)


def gateway_api(linkerd: dict[str, Any]) -> GatewayCrds | None:
    """The cluster's CRDs, in a version that the release accepts."""
    if linkerd.get("gatewayApi") != "external":
        return None
    return GatewayCrds(
        version=RELEASES[linkerd["release"]].gateway_api.accepted[1], served=program.EGRESS_ROUTES
    )


def split_weights(objects: list[KubeObject]) -> Iterator[list[int]]:
    """The weights of each object that divides requests between versions."""
    for found in objects:
        if found.api_version == SPLIT:
            yield [each["weight"] for each in found.props["spec"]["backends"]]
        if (
            found.group_kind in linkerd.ROUTES
            and found.props["spec"]["parentRefs"][0]["kind"] == "Service"
        ):
            for rule in found.props["spec"]["rules"]:
                yield [each["weight"] for each in rule["backendRefs"]]


def of_config(weight: object) -> Weights:
    """The weights for a canary's weight as written in a stack's config."""
    raw = {"canaries": {"api": {"weight": weight}}}
    found, findings = validate(Settings, raw)
    assert findings == []
    assert found is not None
    share = found.canaries["api"].weight
    assert share is not None
    return weights(share)


@given(WEIGHTS, st.booleans())
def test_a_weight_is_kept_to_a_tenth_of_a_per_cent(weight: float, as_text: bool) -> None:
    """Proxies drop a backend of weight 0: only a rollback and a promotion may come to that."""
    found = of_config(str(weight) if as_text else weight)
    assert found.canary == Decimal(str(weight)) * 10
    assert found.stable + found.canary == TOTAL
    assert (found.canary == 0) == (weight == 0)
    assert (found.stable == 0) == (weight == 100)
