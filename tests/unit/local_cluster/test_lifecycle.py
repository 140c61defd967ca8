"""A component that ended because the API server was slow is started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.cluster import lifecycle, processes, programs
from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError


class Machine:
    """A cluster whose API server is ready when it is asked for the third time."""

    def __init__(self, *ended: str) -> None:
        self.ended = list(ended)
        self.asked = 0
        self.started = 0

    def answers(self) -> bool:
        self.asked += 1
        return self.asked > 2

    def missing(self, _checkout: Checkout) -> list[str]:
        return self.ended

    def start(self) -> None:
        self.started += 1
        self.ended = []


def wait(machine: Machine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.Kubectl, "answers", machine.answers)
    monkeypatch.setattr(programs.Kwokctl, "start", machine.start)
    monkeypatch.setattr(processes, "missing", machine.missing)
    lifecycle._wait_until_ready(Checkout(root=folder), 5)


@pytest.mark.parametrize("ended", ["kube-controller-manager", "kube-scheduler"])
def test_what_did_not_wait_for_the_api_server_is_started_again(
    ended: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(ended)
    wait(machine, tmp_path, monkeypatch)
    assert machine.started == 1


@pytest.mark.parametrize("ended", ["etcd", "kube-apiserver"])
def test_a_server_that_ends_is_an_error(
    ended: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(ended)
    with pytest.raises(ClusterError, match=f"Ended by itself: {ended}"):
        wait(machine, tmp_path, monkeypatch)
    assert machine.started == 0


def test_nothing_is_started_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    wait(machine, tmp_path, monkeypatch)
    assert machine.started == 0
