"""Where this checkout keeps what it makes. Nothing here touches a disk.

Everything that belongs to one checkout is under ``.local/`` (ignored by git); what can be shared
between checkouts (built tools) is in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
BIN = LOCAL / "bin"
CHARTS = LOCAL / "charts"
GATEWAY_API = LOCAL / "gateway-api"
KUBECONFIG = LOCAL / "kubeconfig"
CLUSTER = LOCAL / "cluster"
STATE = LOCAL / "state"
VENV = ROOT / ".venv"


def cache() -> Path:
    """The folder for built tools: ``$XDG_CACHE_HOME/linkerd-platform``, else under ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "linkerd-platform"


def checkout_id(root: Path = ROOT) -> str:
    """Eight hex digits that tell this checkout from every other one on the machine."""
    return hashlib.sha256(str(root).encode()).hexdigest()[:8]
