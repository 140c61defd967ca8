"""Record, kubeconfig, logs and environment: what is written, and who may read it."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
import yaml

from tools.cluster import environment, kubeconfig, logs, record
from tools.cluster.checkout import Checkout
from tools.cluster.record import Record
from tools.cluster.slot import Slot


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "record.json"
    written = Record(root="/x", slot_index=7, settings="abc").completed("v1.35.4")
    record.write(file, written)
    assert record.read(file) == written
    assert written.complete


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        '{"slot_index": 1}',
        '{"root": "/x", "slot_index": 9999, "settings": "abc"}',
        '{"root": "/x", "slot_index": 1, "settings": "abc", "unknown": true}',
    ],
)
def test_a_record_that_is_not_understood_counts_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "record.json"
    file.write_text(text)
    assert record.read(file) is None


def test_no_record_counts_as_none(tmp_path: Path) -> None:
    assert record.read(tmp_path / "record.json") is None


def test_the_kubeconfig_is_private_and_complete(tmp_path: Path) -> None:
    checkout = Checkout(root=tmp_path)
    checkout.pki.mkdir(parents=True)
    for name in ("ca.crt", "admin.crt", "admin.key"):
        (checkout.pki / name).write_text(f"content of {name}")
    checkout.kubeconfig.write_text("an old one")
    checkout.kubeconfig.chmod(0o644)

    kubeconfig.write(checkout, Slot(5))

    assert stat.S_IMODE(checkout.kubeconfig.stat().st_mode) == 0o600
    content = yaml.safe_load(checkout.kubeconfig.read_text())
    assert content["current-context"] == checkout.name
    cluster = content["clusters"][0]["cluster"]
    assert cluster["server"] == Slot(5).server
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"content of ca.crt"
    assert "insecure-skip-tls-verify" not in cluster


def test_a_log_tail_is_short_and_names_its_file(tmp_path: Path) -> None:
    file = tmp_path / "etcd.log"
    file.write_text("".join(f"line {number}\n" for number in range(10_000)))
    text = logs.tail(file, lines=3)
    assert text.splitlines() == [f"  {file}:", *(f"    line {n}" for n in (9997, 9998, 9999))]


def test_a_log_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert "No such file" in logs.tail(tmp_path / "none.log")


def test_children_see_none_of_the_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/me/.kube/config")
    monkeypatch.setenv("KWOK_KUBE_VERSION", "v1.0.0")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    checkout = Checkout(root=tmp_path)
    child = environment.child(checkout)
    assert child["KUBECONFIG"] == str(checkout.kubeconfig)
    assert Path(child["HOME"]).is_relative_to(tmp_path)
    assert Path(child["KWOK_WORKDIR"]).is_relative_to(tmp_path)
    assert not {"KWOK_KUBE_VERSION", "HTTPS_PROXY"} & child.keys()
    assert child["PATH"].startswith(f"{checkout.bin}:")
