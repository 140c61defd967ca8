"""Whose a process is, told by its command line."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.cluster import api, lifecycle, lock, processes, record
from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError
from tools.cluster.record import Record

ONE = Checkout(root=Path("/home/me/one two"), bin=Path("/opt/bin"))
OTHER = Checkout(root=Path("/home/me/other"), bin=Path("/opt/bin"))


def _line(pid: int, checkout: Checkout, component: str) -> str:
    return f"{pid:>7} {checkout.workdir}/bin/{component} --data-dir={checkout.workdir}/x\n"


def test_each_component_of_the_cluster_is_found_although_the_path_holds_a_blank() -> None:
    listing = "".join(
        _line(pid, ONE, name) for pid, name in enumerate(processes.COMPONENTS, start=100)
    )
    assert processes.parse(listing, ONE) == dict(enumerate(processes.COMPONENTS, start=100))


def test_another_checkouts_cluster_is_not_ours() -> None:
    assert processes.parse(_line(7, OTHER, "etcd"), ONE) == {}


def test_a_kwokctl_is_told_by_the_clusters_name() -> None:
    listing = "".join(
        f"{pid} /opt/bin/kwokctl --name {checkout.name} create cluster\n"
        for pid, checkout in ((1, ONE), (2, OTHER))
    )
    assert processes.parse(listing, ONE) == {1: "kwokctl"}


@pytest.mark.parametrize(
    "command",
    [
        "etcd --data-dir=/home/me/one two/.local/cluster",  # somebody's own, on our files
        f"tail -f {ONE.logs}/etcd.log",  # reads our files
        f"{ONE.workdir}/bin/etcdctl --endpoints=x",  # begins like a component
        "[etcd] <defunct>",
    ],
)
def test_what_only_resembles_a_component_is_left_alone(command: str) -> None:
    assert processes.parse(f"  42 {command}\n", ONE) == {}


def test_id_files_of_dead_or_recycled_processes_are_forgotten(tmp_path: Path) -> None:
    checkout = Checkout(root=tmp_path)
    checkout.pids.mkdir(parents=True)
    for name, text in (("etcd", "1"), ("kube-scheduler", "no number")):  # process 1 is not etcd
        (checkout.pids / f"{name}.pid").write_text(text)
    processes.forget_dead(checkout)
    assert list(checkout.pids.iterdir()) == []


def test_without_ps_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ClusterError, match="procps"):
        processes.running(ONE)


@pytest.fixture
def etcd(tmp_path: Path) -> Iterator[tuple[Checkout, subprocess.Popen[bytes]]]:
    """A real process that looks like a cluster's etcd, and is a sleep."""
    checkout = Checkout(root=tmp_path / "before")
    command = [f"{checkout.workdir}/bin/etcd", "60"]
    process = subprocess.Popen(command, executable="/bin/sleep")
    yield checkout, process
    process.kill()
    process.wait()


def test_a_component_that_has_ended_is_told_from_one_that_was_never_started(
    etcd: tuple[Checkout, subprocess.Popen[bytes]],
) -> None:
    checkout, process = etcd
    checkout.pids.mkdir(parents=True)
    (checkout.pids / "etcd.pid").write_text(str(process.pid))
    (checkout.pids / "kube-scheduler.pid").write_text("1")
    assert processes.ended(checkout) == ["kube-scheduler"]
    processes.forget_dead(checkout)
    assert [file.name for file in checkout.pids.iterdir()] == ["etcd.pid"]


def test_down_ends_the_processes_of_a_checkout_that_was_moved(
    etcd: tuple[Checkout, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    before, process = etcd
    after = Checkout(root=tmp_path / "after")
    record.write(after.record, Record(root=str(before.root), slot_index=0, settings="x"))
    lines: list[str] = []

    lifecycle.down(after, lines.append)

    assert process.wait(timeout=5) == -9
    assert lines == ["The cluster is removed; processes ended: 1"]
    assert not after.folder.exists()


def test_a_second_command_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    checkout = Checkout(root=tmp_path)
    lines: list[str] = []
    waiting = threading.Thread(target=api.down, args=(lines.append,), kwargs={"checkout": checkout})
    with lock.held(checkout, lines.append):
        waiting.start()
        waiting.join(timeout=0.3)
        assert waiting.is_alive()
        assert lines == ["Waiting for another command that works on this cluster"]
    waiting.join(timeout=10)
    assert lines[1:] == ["There is no cluster"]
