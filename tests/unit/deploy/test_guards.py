"""Guards of ``make up`` and ``make down``: confirmation, the right cluster, protected resources."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands import __main__, verbs
from commands.arguments import Verb
from commands.canary import change
from commands.deploy import guards, kubernetes_api, recovery, session, stack
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from components.config.stack.settings import Cluster

GUARDED = {"config": {"linkerd-platform:protection": {"confirm": True}}}


def make_stack(document: dict[str, Any] | None = None, name: str = "prod") -> stack.Stack:
    return stack.Stack(name=name, file=Path(f"Pulumi.{name}.yaml"), document=document or {})


class Terminal(io.StringIO):
    """A terminal at which somebody types these lines."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIRM", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.mark.parametrize("changing", ["up", "down", "canary", "promote"])
def test_a_change_of_a_guarded_stack_needs_its_name(
    changing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeployError, match=rf"make {changing} STACK=prod CONFIRM=prod"):
        guards.confirm(make_stack(GUARDED), changing)
    monkeypatch.setenv("CONFIRM", "prod")
    assert guards.confirm(make_stack(GUARDED), changing)


@pytest.mark.parametrize(
    "verb", [one for one in verbs.VERBS if verbs.STACK in one.options], ids=lambda verb: verb.name
)
def test_only_changes_need_confirmation_and_a_rollback_does_not(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "find", lambda name: make_stack(GUARDED, name))
    monkeypatch.setattr(Verb, "function", lambda _: lambda **_: 0)
    refused = __main__.main([verb.name, "--stack", "prod"])
    assert refused == (verb.name in ("up", "down", "canary", "promote"))


def test_an_unguarded_stack_asks_nothing() -> None:
    assert not guards.confirm(make_stack(), "up")


def test_typed_names_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("prod\n"))
    assert not guards.confirm(make_stack(GUARDED), "up")  # the engine still asks after its preview
    for answer in ("y", "yes", "staging"):
        monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
        with pytest.raises(DeployError, match=f'found "{answer}"'):
            guards.confirm(make_stack(GUARDED), "up")


@pytest.mark.parametrize("stdin", [io.StringIO(), Terminal()], ids=["no terminal", "Ctrl-D"])
def test_no_answer_means_no(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(DeployError, match="nobody gave it"):
        guards.confirm(make_stack(GUARDED), "up")


def test_a_wrong_name_in_the_environment_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONFIRM", "staging")
    monkeypatch.setattr(sys, "stdin", Terminal("prod\n"))
    with pytest.raises(DeployError, match='found "staging"'):
        guards.confirm(make_stack(GUARDED), "down")


def test_without_confirmation_neither_files_nor_engine_are_touched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    touched: list[str] = []
    monkeypatch.setattr(stack, "find", lambda name: make_stack(GUARDED, name))
    monkeypatch.setattr(change, "change", lambda *_, **__: touched.append("files"))
    monkeypatch.setattr(session, "start", lambda _: touched.append("engine"))
    arguments = ["canary", "--stack", "prod", "--service", "user-service", "--weight", "5", "--yes"]
    assert __main__.main(arguments) == 1
    assert "needs confirmation" in capsys.readouterr().err
    assert touched == []


class Fake:
    """An engine of which only the state matters."""

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        resources: list[dict[str, Any]] | None = None,
    ) -> None:
        self.stack = make_stack({"config": config or {}})
        self.backend = SimpleNamespace(is_ours=False)
        self.outputs = lambda: outputs or {}
        self.state = lambda: {"resources": resources or []}


def same_cluster(monkeypatch: pytest.MonkeyPatch, fake: Fake) -> list[Cluster]:
    """Run the guard with a kubeconfig of the cluster ``here``; returns who was asked."""
    asked: list[Cluster] = []

    def identity(cluster: Cluster) -> kubernetes_api.Identity:
        asked.append(cluster)
        return kubernetes_api.Identity(uid="here", server="https://here.test")

    monkeypatch.setattr(kubernetes_api, "identity", identity)
    guards.same_cluster(cast(Engine, fake))
    return asked


def test_the_cluster_of_the_last_run_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeployError) as refused:
        same_cluster(monkeypatch, Fake(outputs={"clusterUid": "there"}))
    text = str(refused.value)
    assert "the cluster here at https://here.test" in text
    assert 'the cluster there, which the stack "prod" belongs to' in text
    assert "Pulumi.prod.yaml: cluster" in text
    assert same_cluster(monkeypatch, Fake(outputs={"clusterUid": "here"}))


@pytest.mark.parametrize(
    "fake",
    [
        pytest.param(Fake(), id="first run"),
        pytest.param(
            Fake(
                outputs={"clusterUid": "there"},
                config={"linkerd-platform:cluster": {"check": False}},
            ),
            id="not to be asked",
        ),
    ],
)
def test_without_a_record_or_with_the_check_off_the_cluster_is_not_compared(
    monkeypatch: pytest.MonkeyPatch, fake: Fake
) -> None:
    assert same_cluster(monkeypatch, fake) == []


def test_the_configs_cluster_wins_over_that_of_the_last_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs = {"clusterUid": "there"}
    config = {"linkerd-platform:cluster": {"uid": "here"}}
    assert same_cluster(monkeypatch, Fake(outputs=outputs, config=config))
    config = {"linkerd-platform:cluster": {"uid": "elsewhere"}}
    with pytest.raises(DeployError, match=r"Pulumi\.prod\.yaml: cluster\.uid"):
        same_cluster(monkeypatch, Fake(outputs={"clusterUid": "here"}, config=config))


def resource(kind: str, name: str, protect: bool) -> dict[str, Any]:
    return {"type": kind, "urn": f"urn:pulumi:prod::p::{kind}::{name}", "protect": protect}


def test_a_removal_lists_what_is_protected_and_how_to_remove_it() -> None:
    resources = [
        resource("kubernetes:core/v1:Namespace", "microservices", True),
        resource("kubernetes:apps/v1:StatefulSet", "user-db", True),
        resource("kubernetes:apps/v1:Deployment", "frontend", False),
    ]
    with pytest.raises(DeployError) as refused:
        guards.removable(cast(Engine, Fake(resources=resources)))
    text = str(refused.value)
    assert "2 protected resources" in text
    assert "  Namespace microservices\n  StatefulSet user-db\n" in text
    assert "frontend" not in text
    assert "`protection.resources: false`" in text
    assert "make up STACK=prod" in text


def test_what_is_not_protected_can_be_removed() -> None:
    guards.removable(
        cast(Engine, Fake(resources=[resource("kubernetes:core/v1:Namespace", "a", False)]))
    )


SERVICE = "error: [409] Conflict: Another update is currently in progress."
BUCKET = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to "
    "end or delete the lock file with `pulumi cancel`.\n"
    "  s3://state/.pulumi/locks/x.json: created by ada@build-7 (pid 41) at 2026-01-02T03:04:05Z"
)


@pytest.mark.parametrize("said", [SERVICE, BUCKET], ids=["service", "bucket"])
def test_a_lock_of_the_users_own_backend_is_explained(said: str) -> None:
    advice = recovery.explain(cast(Engine, Fake()), said)
    assert advice is not None
    assert f"  {said.splitlines()[-1].strip()}\n" in advice  # whose it is
    assert "Nothing was changed" in advice
    assert "`pulumi cancel --stack prod`" in advice


def test_other_errors_get_no_advice_about_locks() -> None:
    assert recovery.explain(cast(Engine, Fake()), "error: no such host") is None
