"""kwokctl's configuration of a cluster: components, their addresses, and KWOK's stages."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from tools.cluster.checkout import Checkout
from tools.cluster.slot import HOST, POD_CIDR, Slot

MANIFESTS = Path(__file__).with_name("manifests")
_STAGES = MANIFESTS / "stages.yaml"

Document = dict[str, Any]  # a YAML document in kwokctl's schema


def documents(checkout: Checkout, slot: Slot) -> list[Document]:
    """The configuration in kwokctl's terms (https://kwok.sigs.k8s.io/docs/generated/apis/)."""
    return [_kwokctl(checkout, slot), *stages()]


def stages() -> list[Document]:
    return [stage for stage in yaml.safe_load_all(_STAGES.read_text(encoding="utf-8")) if stage]


def write(checkout: Checkout, slot: Slot) -> None:
    checkout.config.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump_all(documents(checkout, slot), sort_keys=False)
    checkout.config.write_text(text, encoding="utf-8")


def digest(checkout: Checkout, slot: Slot) -> str:
    """A hash of the settings. It differs if a running cluster was created with other ones."""
    text = yaml.safe_dump_all(documents(checkout, slot))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kwokctl(checkout: Checkout, slot: Slot) -> Document:
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": _options(checkout, slot),
        "componentsPatches": _patches(slot),
    }


def _options(checkout: Checkout, slot: Slot) -> Document:
    return {
        "runtime": "binary",
        "bindAddress": HOST,
        "securePort": True,
        "kubeAuthorization": True,
        "kubeAdmission": True,
        "disableQPSLimits": True,
        "kubeApiserverPort": slot.apiserver,
        "etcdPort": slot.etcd,
        "etcdPeerPort": slot.etcd_peer,
        "kubeControllerManagerPort": slot.controller_manager,
        "kubeSchedulerPort": slot.scheduler,
        "kwokControllerPort": slot.kwok,
        "etcdBinary": str(checkout.bin / "etcd"),
        "kubeApiserverBinary": str(checkout.bin / "kube-apiserver"),
        "kubeControllerManagerBinary": str(checkout.bin / "kube-controller-manager"),
        "kubeSchedulerBinary": str(checkout.bin / "kube-scheduler"),
        "kubectlBinary": str(checkout.bin / "kubectl"),
        "kwokControllerBinary": str(checkout.bin / "kwok"),
    }


def _patches(slot: Slot) -> list[Document]:
    return [
        # After a power failure the data may be lost. `up` then creates a new cluster.
        _arguments("etcd", {"unsafe-no-fsync": "true"}),
        _arguments(
            "kube-apiserver",
            {
                "service-cluster-ip-range": slot.service_cidr,
                "advertise-address": HOST,
                # It would write the advertised address into Endpoints, where loopback is refused.
                "endpoint-reconciler-type": "none",
                # KWOK answers for the kubelets. No DNS knows the nodes' names.
                "kubelet-preferred-address-types": "InternalIP",
            },
        ),
        # There is one of each. After a kill, the next one would wait 15 s for the lease.
        _arguments("kube-controller-manager", {"leader-elect": "false"}),
        _arguments("kube-scheduler", {"leader-elect": "false"}),
        _arguments(
            "kwok-controller",
            # No node leases, for the same reason: KWOK's leases last 200 s.
            {"node-ip": HOST, "cidr": POD_CIDR, "node-lease-duration-seconds": "0"},
        ),
    ]


def _arguments(component: str, arguments: dict[str, str]) -> Document:
    extra = [{"key": key, "value": value} for key, value in arguments.items()]
    return {"name": component, "extraArgs": extra}
