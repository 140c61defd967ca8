"""kwokctl's configuration: loopback everywhere, and a full set of stages."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tools.cluster import config
from tools.cluster.checkout import Checkout
from tools.cluster.slot import Slot

CHECKOUT = Checkout(root=Path("/home/me/one"), bin=Path("/opt/bin"))


def _kwokctl(slot: Slot) -> config.Document:
    return config.documents(CHECKOUT, slot)[0]


def _arguments(component: str) -> dict[str, str]:
    patches = _kwokctl(Slot(3))["componentsPatches"]
    extra = next(patch["extraArgs"] for patch in patches if patch["name"] == component)
    return {each["key"]: each["value"] for each in extra}


def test_each_component_listens_on_loopback_at_the_slots_port() -> None:
    options = _kwokctl(Slot(3))["options"]
    assert options["bindAddress"] == "127.0.0.1"
    ports = {
        value for key, value in options.items() if key.endswith("Port") and key != "securePort"
    }
    assert ports == set(Slot(3).ports)


def test_no_program_is_left_for_kwokctl_to_download() -> None:
    options = _kwokctl(Slot(0))["options"]
    programs = {key: value for key, value in options.items() if key.endswith("Binary")}
    assert len(programs) == 6
    assert all(value.startswith("/opt/bin/") for value in programs.values())


def test_the_api_server_gives_services_loopback_addresses() -> None:
    assert _arguments("kube-apiserver")["service-cluster-ip-range"] == Slot(3).service_cidr
    assert _arguments("kwok-controller")["node-ip"] == "127.0.0.1"


def test_the_stages_cover_every_kind_that_somebody_else_would_serve() -> None:
    kinds = [stage["spec"]["resourceRef"]["kind"] for stage in config.stages()]
    assert {
        "Node",
        "Pod",
        "Service",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "APIService",
    } == set(kinds)
    names = [stage["metadata"]["name"] for stage in config.stages()]
    assert len(set(names)) == len(names)


def test_the_stages_and_the_storage_class_agree_on_its_name() -> None:
    text = (config.MANIFESTS / "contents.yaml").read_text(encoding="utf-8")
    storage = next(each for each in yaml.safe_load_all(text) if each["kind"] == "StorageClass")
    stages = {stage["metadata"]["name"]: stage["spec"] for stage in config.stages()}
    for name in ("volume-provision", "volume-reclaim"):
        assert storage["metadata"]["name"] in yaml.safe_dump(stages[name]["selector"])
    provisioned = stages["volume-provision"]["steps"][0]["apply"]["template"]
    assert f"provisioned-by: {storage['provisioner']}" in provisioned


def test_no_private_address_is_written_anywhere() -> None:
    text = yaml.safe_dump_all(config.documents(CHECKOUT, Slot(0)))
    for manifest in config.MANIFESTS.iterdir():
        text += manifest.read_text(encoding="utf-8")
    assert not re.search(r"\b(10\.\d+\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\b", text)


def test_the_digest_changes_with_the_settings_only() -> None:
    one = config.digest(CHECKOUT, Slot(0))
    assert one == config.digest(CHECKOUT, Slot(0))
    assert one != config.digest(CHECKOUT, Slot(1))
