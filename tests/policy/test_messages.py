from __future__ import annotations

import pytest

from linkerd_policies.framework.wording import one_of
from linkerd_policies.reading.messages import annotation, shown
from tests.policy.support import document, secret, violations


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("all-unauthenticated", '"all-unauthenticated"'),
        ("500ms", '"500ms"'),
        (0.5, "0.5"),
        (True, "true"),
        (None, "nothing"),
        ("hunter2", "text that Linkerd does not know"),
        (["hunter2"], "something else"),
    ],
)
def test_shown(value: object, expected: str) -> None:
    assert shown(value) == expected


def test_one_of() -> None:
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b", "c"]) == "a, b or c"


def test_the_path_of_an_annotation() -> None:
    assert annotation("linkerd.io/inject") == 'metadata.annotations["linkerd.io/inject"]'
    assert annotation("a", "spec.template.metadata") == 'spec.template.metadata.annotations["a"]'


def test_a_secret_is_judged_but_never_printed() -> None:
    namespace = document("""
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
    """)
    annotations = namespace["metadata"]["annotations"]
    annotations["config.linkerd.io/default-inbound-policy"] = secret("correct-horse-battery")
    (message,) = violations("linkerd-namespace-strict-mtls", namespace)
    assert "horse" not in message
    annotations["config.linkerd.io/default-inbound-policy"] = secret("deny")
    assert violations("linkerd-namespace-strict-mtls", namespace) == []
