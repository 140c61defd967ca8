"""The shape of a cluster, as its API server tells it, and what does not fit the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import ApiException, CoreV1Api

from components.cluster import connection, kube_system, secrets, shape
from components.cluster.facts import ClusterContext
from components.config.stack.settings import Charts, Cluster, Settings
from components.linkerd.releases import RELEASES
from components.mesh.charts import Chart
from tests.unit.components import program
from tests.unit.mesh import variants
from tests.unit.mesh.clusters import facts, found

CUSTOM = ("34.118.224.1", "10.4.0.0/24")


@pytest.mark.parametrize(
    ("corefile", "domain"),
    [
        (".:53 {\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n", "cluster.local"),
        (".:53 {\n  kubernetes corp.example. in-addr.arpa\n}", "corp.example"),
        (".:53 {\n    forward . /etc/resolv.conf\n}", None),
        (".:53 {\n    kubernetes {\n    }\n}", None),
        ("", None),
    ],
)
def test_the_domain_is_read_off_the_dns(corefile: str, domain: str | None) -> None:
    assert shape.domain_of(corefile) == domain


@pytest.mark.parametrize(
    ("linkerd", "answered", "path", "words"),
    [
        ({}, {"domain": "corp.example"}, "clusterDomain", '"corp.example"'),
        ({"clusterDomain": "a.b"}, {"domain": "cluster.local"}, "clusterDomain", "cluster.local"),
        ({}, {"networks": CUSTOM}, "clusterNetworks", "the default, and the cluster uses 34.118"),
        (
            {"clusterNetworks": ["34.118.224.0/20"]},
            {"networks": CUSTOM},
            "clusterNetworks",
            "these, and the cluster uses 10.4.0.0/24",
        ),
        ({}, {"networks": ("2001:db8::/64",)}, "clusterNetworks", "2001:db8::/64"),
        ({"cni": True}, {"cni": False}, "cni", "no DaemonSet `linkerd-cni`"),
    ],
)
def test_a_shape_that_does_not_fit(
    linkerd: dict[str, Any], answered: dict[str, Any], path: str, words: str
) -> None:
    (finding,) = found(facts(**answered), **linkerd)
    assert finding.path == f"linkerd.{path}"
    assert words in finding.found


@pytest.mark.parametrize(
    ("linkerd", "answered"),
    [
        ({}, {"domain": "cluster.local"}),
        ({"clusterDomain": "corp.example"}, {"domain": "corp.example"}),
        ({"clusterDomain": "corp.example"}, {"domain": None}),
        ({}, {"networks": ("127.93.0.1", "::1")}),
        ({}, {"networks": ("10.96.0.1", "192.168.3.0/24", "fd00:10:244::/64")}),
        ({"clusterNetworks": ["34.118.224.0/20", "10.0.0.0/8"]}, {"networks": CUSTOM}),
        ({"cni": True}, {"cni": True}),
        ({"cni": True}, {"cni": None}),
        ({}, {"cni": False}),
    ],
)
def test_a_shape_that_fits(linkerd: dict[str, Any], answered: dict[str, Any]) -> None:
    assert found(facts(**answered), **linkerd) == []


@pytest.mark.parametrize(("status", "given_up"), [(403, True), (404, True), (500, False)])
def test_a_question_that_we_may_not_ask_is_given_up(status: int, given_up: bool) -> None:
    def ask() -> None:
        with connection.allowed():
            raise ApiException(status=status)

    if given_up:
        ask()
    else:
        with pytest.raises(ApiException):
            ask()


def test_charts_and_networks_get_the_clusters_shape() -> None:
    own = {"clusterDomain": "corp.example", "clusterNetworks": ["34.118.224.0/20", "10.0.0.0/8"]}
    for release in RELEASES:
        charts = variants.installed(release, **own)
        values = {name: inputs.get("values") or {} for name, inputs in charts.items()}
        domain = {"clusterDomain": "corp.example", "identityTrustDomain": "cluster.local"}
        for chart in ("linkerd-control-plane", "linkerd-viz"):
            assert domain.items() <= values[chart].items()
        assert values["linkerd-control-plane"]["clusterNetworks"] == "34.118.224.0/20,10.0.0.0/8"
        assert values["linkerd-smi"] == {"clusterDomain": "corp.example"}


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("charts", "./charts/linkerd-crds"),
        ("charts/", "./charts/linkerd-crds"),
        ("/srv/charts", "/srv/charts/linkerd-crds"),
    ],
)
def test_a_folder_of_charts_is_absolute_or_in_the_project(directory: str, name: str) -> None:
    source = Charts(directory=directory)
    assert Chart.of_linkerd(RELEASES["2.20"], "linkerd-crds", source).name == name


def test_folders_hold_what_the_run_takes_from_them(tmp_path: Path) -> None:
    charts = {"directory": str(tmp_path), "gatewayApiDirectory": str(tmp_path / "misspelt")}
    linkerd = {"charts": charts, "viz": "off", "smi": "off", "tracing": "off"}
    without_charts, without_crds = found(facts(), **linkerd)
    assert without_charts.path == "linkerd.charts.directory"
    assert "linkerd-control-plane or linkerd-crds" in without_charts.found
    assert without_crds.path == "linkerd.charts.gatewayApiDirectory"
    for name in ("linkerd-crds", "linkerd-control-plane"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Chart.yaml").touch()
    (tmp_path / "misspelt").mkdir()
    (finding,) = found(facts(), **linkerd)
    assert finding.path == "linkerd.charts.gatewayApiDirectory"
    (tmp_path / "misspelt" / "crd.yaml").touch()
    assert found(facts(), **linkerd) == []


@pytest.mark.parametrize(
    ("known", "paths"),
    [
        ({"stripe", "smtp", "x"}, []),
        ({"stripe"}, ["existingSecrets.1"]),
        ({"x"}, ["existingSecrets.0", "existingSecrets.1"]),
        (set(), []),
    ],
)
def test_existing_secrets_are_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch, known: set[str], paths: list[str]
) -> None:
    asked: list[str] = []

    def call_api(*_: str, **options: Any) -> Any:
        asked.append(options["header_params"]["Accept"])
        return {"items": [{"metadata": {"name": name}} for name in known]}

    @contextmanager
    def connected(_: object) -> Iterator[Any]:
        yield SimpleNamespace(call_api=call_api)

    monkeypatch.setattr(secrets, "connected", connected)
    settings = Settings.model_validate({"existingSecrets": ["stripe", "smtp"]})
    context = ClusterContext(settings=settings, facts=facts())
    assert [one.path for one in secrets.existing_secrets_are_there(context)] == paths
    assert all("PartialObjectMetadataList" in accept for accept in asked)


GATE = "ValidatingAdmissionPolicy 'managed' denied request: GKE Autopilot manages kube-system"
NO_RIGHT = 'namespaces "kube-system" is forbidden: User "ci" cannot patch resource "namespaces"'


@pytest.mark.parametrize(
    ("error", "locked"),
    [
        (None, False),
        ((422, GATE), True),
        ((403, f"admission webhook denied the request: {GATE}"), True),
        ((403, NO_RIGHT), False),
        ((500, "etcd"), False),
    ],
)
def test_whether_kube_system_takes_a_label_is_tried_without_a_change(
    monkeypatch: pytest.MonkeyPatch, error: tuple[int, str] | None, locked: bool
) -> None:
    def patch(_: object, name: str, body: Any, **options: Any) -> None:
        assert (name, options["dry_run"]) == ("kube-system", "All")
        assert body["metadata"]["labels"] == {"config.linkerd.io/admission-webhooks": "disabled"}
        if error is not None:
            failed = ApiException(status=error[0])
            failed.body = error[1]
            raise failed

    @contextmanager
    def connected(_: object) -> Iterator[Any]:
        yield None

    monkeypatch.setattr(kube_system, "connected", connected)
    monkeypatch.setattr(CoreV1Api, "patch_namespace", patch)
    assert kube_system.is_locked(Cluster()) is locked


@pytest.mark.parametrize("locked", [False, True])
def test_a_locked_kube_system_is_left_alone(locked: bool) -> None:
    linkerd = {"release": "2.20", "highAvailability": True, "clusterDomain": "corp.example"}
    outcome = program.run("dev", kubernetes=(1, 33), linkerd=linkerd, locked=locked)
    patches = outcome.of("kubernetes:core/v1:NamespacePatch")
    assert list(patches) == ([] if locked else ["kube-system"])
    profiles = outcome.of("kubernetes:linkerd.io/v1alpha2:ServiceProfile").values()
    named = [profile["metadata"]["name"] for profile in profiles]
    assert named
    assert all(name.endswith(".microservices.svc.corp.example") for name in named)
