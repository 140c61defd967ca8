"""The command line, and what a user sees when something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.cluster import __main__, api
from tools.cluster.checkout import Checkout
from tools.cluster.programs import REQUIRED, Kubectl


def _tools(tmp_path: Path, programs: tuple[str, ...]) -> Checkout:
    checkout = Checkout(
        root=tmp_path / "root", bin=tmp_path / "bin", gateway_api=tmp_path / "gateway-api"
    )
    checkout.bin.mkdir()
    for name in programs:
        (checkout.bin / name).touch(mode=0o755)
    return checkout


def test_missing_programs_are_all_named(tmp_path: Path) -> None:
    checkout = _tools(tmp_path, ("kwok", "kwokctl", "kubectl"))
    with pytest.raises(api.ClusterError) as failure:
        api.up(checkout=checkout)
    text = str(failure.value)
    assert "etcd, kube-apiserver, kube-controller-manager, kube-scheduler" in text
    assert "make tools" in text
    assert "kwokctl" not in text


def test_missing_crds_are_named_before_anything_starts(tmp_path: Path) -> None:
    checkout = _tools(tmp_path, REQUIRED)
    with pytest.raises(api.ClusterError, match="No Gateway API CRDs"):
        api.up(checkout=checkout)
    assert not checkout.folder.exists()


def test_down_without_a_cluster_says_so_and_needs_no_tool(tmp_path: Path) -> None:
    lines: list[str] = []
    api.down(lines.append, checkout=_tools(tmp_path, ()))
    assert lines == ["There is no cluster"]


def test_status_without_a_cluster_is_absent(tmp_path: Path) -> None:
    found = api.status(checkout=_tools(tmp_path, ()))
    assert (found.state, found.info) == ("absent", None)


def test_an_error_is_one_message_on_stderr_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise api.ClusterError("what is wrong")

    monkeypatch.setattr(api, "up", fail)
    assert __main__.main(["up"]) == 1
    assert capsys.readouterr().err == "error: what is wrong\n"


def test_an_unknown_command_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        __main__.main(["start"])
    assert ended.value.code == 2
    assert "invalid choice: 'start' (choose from" in capsys.readouterr().err


def test_a_program_that_cannot_run_is_an_error_not_a_stack_trace(tmp_path: Path) -> None:
    checkout = _tools(tmp_path, ())
    (checkout.bin / "kubectl").write_text("no program at all")
    (checkout.bin / "kubectl").chmod(0o755)
    with pytest.raises(api.ClusterError, match=r"Cannot run .*kubectl: Exec format error"):
        Kubectl(checkout).answers()
