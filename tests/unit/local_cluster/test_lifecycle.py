"""The start of a cluster whose components end by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.cluster import config, contents, kubeconfig, lifecycle, processes, programs
from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError
from tools.cluster.programs import Kubectl, Kwokctl


class Machine:
    """A machine on which some components end, as often as it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ended: list[str], times: int) -> None:
        self.times, self.starts = times, 0
        monkeypatch.setattr(programs, "check", lambda _: None)
        monkeypatch.setattr(config, "write", lambda *_: None)
        monkeypatch.setattr(kubeconfig, "write", lambda *_: None)
        monkeypatch.setattr(contents, "apply", lambda _: None)
        monkeypatch.setattr(contents, "wait", lambda _: None)
        monkeypatch.setattr(processes, "missing", lambda _: ended if self.times else [])
        monkeypatch.setattr(Kwokctl, "create", lambda _: None)
        monkeypatch.setattr(Kwokctl, "start", lambda _: self.start())
        monkeypatch.setattr(Kubectl, "answers", lambda _: not self.times)
        monkeypatch.setattr(Kubectl, "exists", lambda *_: True)
        monkeypatch.setattr(Kubectl, "version", lambda _: "v1.35.4")

    def start(self) -> None:
        self.starts += 1
        self.times -= 1


def test_a_component_that_did_not_wait_for_the_api_server_is_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Machine(monkeypatch, ["kube-controller-manager", "kube-scheduler"], times=1)
    made = lifecycle.up(Checkout(root=tmp_path), lambda _: None)
    assert made.complete
    assert machine.starts == 1


@pytest.mark.parametrize(
    ("ended", "starts"),
    [(["kube-controller-manager"], 1), (["etcd", "kube-controller-manager"], 0)],
)
def test_it_is_started_again_once_and_etcd_never(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ended: list[str], starts: int
) -> None:
    machine = Machine(monkeypatch, ended, times=2)
    with pytest.raises(ClusterError, match=f"Ended by itself: {', '.join(ended)}"):
        lifecycle.up(Checkout(root=tmp_path), lambda _: None)
    assert machine.starts == starts
