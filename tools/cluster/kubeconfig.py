"""The kubeconfig of the cluster: a separate file that only its owner can read."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from tools.cluster.checkout import Checkout
from tools.cluster.slot import Slot


def write(checkout: Checkout, slot: Slot) -> None:
    """Writes ``checkout.kubeconfig``. It contains the certificates, so it can be moved."""
    text = yaml.safe_dump(_content(checkout, slot), sort_keys=False)
    fresh = checkout.kubeconfig.with_name("kubeconfig.new")
    fresh.unlink(missing_ok=True)
    # The mode is set at creation: others must never be able to read the key.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(checkout.kubeconfig)


def _content(checkout: Checkout, slot: Slot) -> dict[str, Any]:
    name = checkout.name
    cluster = {
        "server": slot.server,
        "certificate-authority-data": _encoded(checkout.pki / "ca.crt"),
    }
    user = {
        "client-certificate-data": _encoded(checkout.pki / "admin.crt"),
        "client-key-data": _encoded(checkout.pki / "admin.key"),
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def _encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
