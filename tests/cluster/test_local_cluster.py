"""The local cluster, for real: one that most tests share, and short-lived ones of their own.

Needs ``make tools``, ``ps`` and ``ss``. Takes about a minute on two cores.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tools import paths
from tools.cluster import api, environment, processes, record, slot
from tools.cluster.api import Checkout

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
USERS_KUBECONFIG = "apiVersion: v1\nkind: Config\ncurrent-context: the-users-own\n"

WORKLOADS = """
apiVersion: v1
kind: Namespace
metadata: {name: work}
---
apiVersion: v1
kind: Service
metadata: {name: gateway, namespace: work}
spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: work}
spec:
  serviceName: gateway
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - {name: db, image: db, volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, namespace: work}
spec:
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      initContainers:
        - {name: sidecar, image: sidecar, restartPolicy: Always}
      containers:
        - {name: hook, image: hook}
"""

TAP = """
apiVersion: v1
kind: Namespace
metadata: {name: viz}
---
apiVersion: v1
kind: Service
metadata: {name: tap, namespace: viz}
spec: {selector: {app: tap}, ports: [{port: 443, targetPort: 8089}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tap, namespace: viz, labels: {app: tap}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: tap, image: tap, ports: [{containerPort: 8089}]}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1alpha1.tap.linkerd.io}
spec:
  group: tap.linkerd.io
  version: v1alpha1
  groupPriorityMinimum: 1000
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: tap, namespace: viz}
"""

SPLIT = """
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {name: users, namespace: default}
spec:
  service: users
  backends:
    - {service: users, weight: 900}
    - {service: users-v2, weight: 100}
"""


@dataclass(frozen=True)
class Cluster:
    checkout: Checkout
    info: api.ClusterInfo
    seconds: float

    def kubectl(self, *arguments: str, text: str | None = None, check: bool = True) -> str:
        done = subprocess.run(
            [str(self.checkout.bin / "kubectl"), *arguments],
            env=environment.child(self.checkout),
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *arguments: str) -> Any:
        return json.loads(self.kubectl("get", "--output=json", *arguments))

    def apply(self, manifest: str) -> None:
        self.kubectl("apply", "--filename=-", text=manifest)

    def wait(self, condition: str, *arguments: str) -> None:
        self.kubectl("wait", f"--for={condition}", "--timeout=30s", *arguments)

    def has(self, *arguments: str) -> bool:
        return bool(self.kubectl("get", "--output=name", "--ignore-not-found", *arguments).strip())


def start(root: Path) -> Cluster:
    checkout = Checkout(root=root)
    begin = time.monotonic()
    info = api.up(checkout=checkout)
    return Cluster(checkout, info, time.monotonic() - begin)


def eventually(true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.1)


def commands_naming(root: Path) -> list[str]:
    """Command lines of all processes that name the folder, whatever program they are."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listing.splitlines() if f"{root}/" in line]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's home with a kubeconfig in it."""
    home = tmp_path_factory.mktemp("home")
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(USERS_KUBECONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("KUBECONFIG", str(home / ".kube" / "config"))
        yield home


@pytest.fixture(scope="module")
def cluster(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    assert home.exists()
    root = tmp_path_factory.mktemp("checkout")
    try:
        yield start(root)
    finally:
        api.down(checkout=Checkout(root=root))


@pytest.fixture(scope="module")
def workloads(cluster: Cluster) -> Cluster:
    cluster.apply(WORKLOADS)
    return cluster


def test_it_is_ready_in_time(
    cluster: Cluster, record_property: Callable[[str, object], None]
) -> None:
    record_property("seconds_to_ready", round(cluster.seconds, 1))
    print(f"ready in {cluster.seconds:.1f} s")
    assert cluster.seconds < 60  # 6 s on two idle cores; a loaded CI machine gets a margin


def test_it_has_three_ready_nodes_in_three_zones(cluster: Cluster) -> None:
    nodes = cluster.get("nodes")["items"]
    assert len(nodes) == 3
    assert len({node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}) == 3
    for node in nodes:
        conditions = {each["type"]: each["status"] for each in node["status"]["conditions"]}
        assert conditions["Ready"] == "True"
        assert {each["address"] for each in node["status"]["addresses"]} == {
            "127.0.0.1",
            node["metadata"]["name"],
        }


def test_it_serves_traffic_split_and_gateway_api(cluster: Cluster) -> None:
    cluster.apply(SPLIT)
    read = cluster.get("trafficsplits.v1alpha1.split.smi-spec.io", "users")
    assert [each["weight"] for each in read["spec"]["backends"]] == [900, 100]
    invalid = SPLIT.replace("weight: 900", "weight: 90%")
    assert (
        "Invalid value"
        in subprocess.run(
            [str(paths.BIN / "kubectl"), "apply", "--filename=-"],
            env=environment.child(cluster.checkout),
            input=invalid,
            capture_output=True,
            text=True,
            check=False,
        ).stderr
    )
    assert cluster.has("crd", "httproutes.gateway.networking.k8s.io")


def test_a_load_balancer_gets_a_loopback_address(workloads: Cluster) -> None:
    workloads.wait("jsonpath={.status.loadBalancer.ingress}", "service/gateway", "--namespace=work")
    service = workloads.get("service", "gateway", "--namespace=work")
    assert service["status"]["loadBalancer"]["ingress"][0]["ip"] == "127.0.0.1"
    address = ipaddress.ip_address(service["spec"]["clusterIP"])
    assert address in ipaddress.ip_network(workloads.info.service_cidr)
    assert address in LOOPBACK


def test_a_stateful_set_with_volumes_gets_ready(workloads: Cluster) -> None:
    workloads.wait("jsonpath={.status.readyReplicas}=2", "statefulset/db", "--namespace=work")
    claims = workloads.get("pvc", "--namespace=work")["items"]
    assert [claim["status"]["phase"] for claim in claims] == ["Bound", "Bound"]
    assert len({claim["spec"]["volumeName"] for claim in claims}) == 2


def test_a_service_gets_endpoints_that_no_network_routes(workloads: Cluster) -> None:
    def addresses() -> list[str]:
        slices = workloads.get("endpointslices", "--namespace=work")["items"]
        return [one for each in slices for end in each["endpoints"] for one in end["addresses"]]

    eventually(lambda: len(addresses()) == 2)
    pods = ipaddress.ip_network(slot.POD_CIDR)
    assert all(ipaddress.ip_address(address) in pods for address in addresses())


def test_a_job_completes_although_a_sidecar_is_in_its_pod(workloads: Cluster) -> None:
    workloads.wait("condition=Complete", "job/hook", "--namespace=work")


def test_a_volume_goes_with_its_claim(workloads: Cluster) -> None:
    workloads.wait("jsonpath={.status.readyReplicas}=2", "statefulset/db", "--namespace=work")
    workloads.kubectl("delete", "--namespace=work", "statefulset/db", "pvc/data-db-0")
    eventually(lambda: len(workloads.get("persistentvolumes")["items"]) == 1)


def test_namespaces_go_although_one_holds_an_aggregated_api(cluster: Cluster) -> None:
    cluster.apply(TAP)
    cluster.kubectl("create", "namespace", "other")
    cluster.wait("condition=Ready", "pod/tap", "--namespace=viz")
    eventually(lambda: not cluster.has("apiservice", "v1alpha1.tap.linkerd.io"))
    cluster.kubectl("delete", "namespace", "other", "viz", "--timeout=30s")


def test_it_listens_and_dials_on_loopback_only(cluster: Cluster) -> None:
    """After the workloads, so that webhooks and aggregated APIs had their chance to be dialled."""
    pids = processes.running(cluster.checkout)
    listing = subprocess.run(
        ["ss", "-H", "-n", "-a", "-p", "-t", "-u"], capture_output=True, text=True, check=True
    ).stdout
    seen: set[int] = set()
    listening: set[int] = set()
    for line in listing.splitlines():
        owners = {int(pid) for pid in re.findall(r"pid=(\d+)", line)} & pids.keys()
        if not owners:
            continue
        seen |= owners
        _, state, _, _, local, peer, *_ = line.split()
        assert ipaddress.ip_address(local.rpartition(":")[0]) in LOOPBACK, line
        if state == "LISTEN":
            listening.add(int(local.rpartition(":")[2]))
        else:
            assert ipaddress.ip_address(peer.rpartition(":")[0]) in LOOPBACK, line
    assert {pids[pid] for pid in seen} == set(processes.COMPONENTS)
    server = int(cluster.info.server.rpartition(":")[2])
    assert server in listening
    assert len(listening) == 6


def test_a_second_up_changes_nothing(cluster: Cluster) -> None:
    before = processes.running(cluster.checkout)
    lines: list[str] = []
    begin = time.monotonic()
    info = api.up(lines.append, checkout=cluster.checkout)
    assert time.monotonic() - begin < 5  # 0.3 s on an idle machine
    assert lines == ["The cluster is running"]
    assert info == cluster.info
    assert processes.running(cluster.checkout) == before


def test_a_cluster_with_other_settings_is_kept_with_a_message(cluster: Cluster) -> None:
    known = record.read(cluster.checkout.record)
    assert known is not None
    record.write(cluster.checkout.record, replace(known, settings="of another time"))
    lines: list[str] = []
    try:
        api.up(lines.append, checkout=cluster.checkout)
    finally:
        record.write(cluster.checkout.record, known)
    assert "other settings" in lines[0]
    assert lines[1:] == ["The cluster is running"]


def test_a_lost_kubeconfig_is_written_again_without_a_restart(cluster: Cluster) -> None:
    before = processes.running(cluster.checkout)
    cluster.checkout.kubeconfig.unlink()
    api.up(checkout=cluster.checkout)
    assert processes.running(cluster.checkout) == before
    assert cluster.has("namespace", "default")


def test_killed_components_come_back_with_their_data(cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", "kept")
    killed = processes.running(cluster.checkout)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: api.status(checkout=cluster.checkout).missing == processes.COMPONENTS)
    assert api.status(checkout=cluster.checkout).state == "broken"

    lines: list[str] = []
    assert api.up(lines.append, checkout=cluster.checkout) == cluster.info

    assert lines[0].startswith("Repairing the cluster; not running: etcd")
    assert cluster.has("namespace", "kept")
    assert api.status(checkout=cluster.checkout).state == "running"
    # The controllers work again, not only the API server: this one takes all of them.
    cluster.kubectl("create", "deployment", "again", "--image=again", "--namespace=kept")
    cluster.wait("condition=Available", "deployment/again", "--namespace=kept")


def test_two_run_side_by_side_even_if_they_derive_the_same_ports(
    cluster: Cluster, tmp_path: Path
) -> None:
    first = slot.choose(cluster.checkout.id, lambda _: True).index
    twins = (tmp_path / f"twin-{number}" for number in range(10_000))
    root = next(path for path in twins if int(paths.checkout_id(path), 16) % slot.COUNT == first)
    try:
        twin = start(root)
        assert twin.info.server != cluster.info.server
        assert twin.info.service_cidr != cluster.info.service_cidr
        twin.kubectl("create", "namespace", "of-the-twin")
        assert not cluster.has("namespace", "of-the-twin")
    finally:
        api.down(checkout=Checkout(root=root))
    assert commands_naming(root) == []
    assert api.status(checkout=cluster.checkout).state == "running"


def test_an_up_that_was_killed_leaves_nothing_that_down_cannot_clear(tmp_path: Path) -> None:
    checkout = Checkout(root=tmp_path)
    script = (
        "import sys; from pathlib import Path; from tools.cluster import api; "
        "api.up(checkout=api.Checkout(root=Path(sys.argv[1])))"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=paths.ROOT)
    eventually(lambda: "etcd" in processes.running(checkout).values())
    process.kill()
    process.wait()
    assert api.status(checkout=checkout).state == "broken"

    api.down(checkout=checkout)
    time.sleep(1)  # a kwokctl that lived on would start the next component now

    assert commands_naming(tmp_path) == []
    assert not checkout.folder.exists()
    assert api.status(checkout=checkout).state == "absent"


def test_a_port_taken_by_another_program_gives_an_error_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster, tmp_path: Path
) -> None:
    """Taken between choice and start, which is a race that only this can bring about."""
    taken = slot.choose(cluster.checkout.id, lambda _: True)
    monkeypatch.setattr(slot, "choose", lambda _: taken)
    checkout = Checkout(root=tmp_path)
    with pytest.raises(api.ClusterError, match=r"etcd\.log:[\s\S]*address already in use"):
        api.up(checkout=checkout)
    assert processes.running(checkout) == {}
    api.down(checkout=checkout)
    assert api.status(checkout=cluster.checkout).state == "running"


def test_a_cluster_whose_data_are_lost_is_recreated_with_a_message(cluster: Cluster) -> None:
    processes.end_all(cluster.checkout)
    (cluster.checkout.workdir / "etcd" / "member" / "snap" / "db").write_text("no database")
    lines: list[str] = []
    assert api.up(lines.append, checkout=cluster.checkout) == cluster.info
    assert "The cluster is created anew; everything deployed in it is lost" in lines
    assert not cluster.has("namespace", "kept")


def test_down_leaves_no_process_and_no_file(cluster: Cluster, home: Path) -> None:
    root = cluster.checkout.root
    assert len(commands_naming(root)) == len(processes.COMPONENTS)

    lines: list[str] = []
    api.down(lines.append, checkout=cluster.checkout)
    api.down(lines.append, checkout=cluster.checkout)

    assert lines == ["The cluster is removed; processes ended: 5", "There is no cluster"]
    assert commands_naming(root) == []
    assert [path.name for path in (root / ".local").iterdir()] == ["cluster.lock"]
    # And in the user's home, all through these tests, nothing was written at all.
    assert (home / ".kube" / "config").read_text() == USERS_KUBECONFIG
    assert sorted(path.name for path in home.rglob("*")) == [".kube", "config"]
