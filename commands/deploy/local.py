"""The local stack's cluster. Its state is deleted when the cluster is another one.

The only module of the commands that uses the embedded cluster.
"""

from __future__ import annotations

from commands.deploy import kubernetes_api
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from components.config.stack.settings import Cluster
from tools import paths
from tools.cluster import api
from tools.cluster.errors import ClusterError

RECORD = paths.LOCAL / "state-of-cluster"


def is_absent() -> bool:
    """Whether there is no cluster, not even a stopped one."""
    return api.status().state == "absent"


def start() -> None:
    """Start the cluster, or find it running. Raises :class:`DeployError`."""
    try:
        api.up()
    except ClusterError as error:
        raise DeployError(str(error)) from None


def adopt(engine: Engine) -> None:
    """Delete the state of an earlier cluster: its objects are gone."""
    uid = kubernetes_api.identity(Cluster(kubeconfig=str(paths.KUBECONFIG))).uid
    known = RECORD.read_text(encoding="utf-8") if RECORD.exists() else uid
    if known != uid:
        print("The cluster is a new one: starting from an empty state.")
        engine.forget()
        engine.prepare()
    RECORD.write_text(uid, encoding="utf-8")
