"""``make render``: true objects, no secrets, the same files each time, nothing that is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import pytest
import yaml

from commands.__main__ import main
from commands.deploy import stack
from commands.deploy.errors import DeployError
from commands.render import manifests, program, render, schemas, verdict
from commands.render.manifests import Manifest
from commands.render.program import Registration
from commands.render.values import SECRET, UNKNOWN
from components.resources.labels import rotation
from tests.unit.components.program import Answering, config_of
from tools import paths

KEY = "sk_live_never_in_a_file_4242"
HEADER = render.header("dev")


def rendered(folder: Path, name: str = "dev", **changes: Any) -> dict[str, Any]:
    """Every file that rendering the stack writes, parsed, by its path; the pack is not asked."""
    config = {**config_of(name), **{f"linkerd-platform:{k}": v for k, v in changes.items()}}
    chosen = stack.Stack(
        name=name, file=paths.ROOT / f"Pulumi.{name}.yaml", document={"config": config}
    )
    with mock.patch.object(verdict, "judge", return_value=[]):
        assert render.render(chosen, folder) == 0
    return {
        file.relative_to(folder).as_posix(): yaml.safe_load(file.read_text())
        for file in folder.rglob("*.yaml")
    }


def registered(token: str, name: str, **inputs: Any) -> Registration:
    urn = f"urn:pulumi:dev::p::{token}::{name}"
    return Registration(urn=urn, parent="", type=token, name=name, inputs=inputs, after=())


def texts(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["prod", "staging"])
def test_every_object_has_a_file_named_after_it_and_all_but_secrets_are_in_the_index(
    tmp_path: Path, name: str
) -> None:
    found = rendered(tmp_path, name)
    resources = found.pop("kustomization.yaml")["resources"]
    helmfile = found.pop("helmfile.yaml")
    for release in helmfile["releases"]:
        for file in release["values"]:
            assert isinstance(found.pop(file), dict)
    releases = {release["name"]: release for release in helmfile["releases"]}
    assert "needs" not in releases["linkerd-crds"]
    assert releases["linkerd-control-plane"]["needs"] == ["linkerd/linkerd-crds"]
    assert "linkerd/linkerd-control-plane" in releases["linkerd-viz"]["needs"]
    assert releases["linkerd-viz"]["chart"] == "helm-linkerd-io-edge/linkerd-viz"
    applied = {path for path in resources if not path.startswith("https://")}
    assert applied == {path for path, content in found.items() if content["kind"] != "Secret"}
    for path, content in found.items():
        metadata = content["metadata"]
        folder = metadata.get("namespace", "cluster")
        assert path == f"{folder}/{content['kind'].lower()}-{metadata['name']}.yaml"
    assert found["microservices/deployment-frontend.yaml"]["spec"]["replicas"] == 2


@pytest.mark.slow
def test_no_file_contains_a_secret(tmp_path: Path) -> None:
    secrets = {"stripe-credentials": {"api-key": KEY}}
    endpoints = {"redis": {"url": f"redis://:{KEY}@cache:6379"}}
    found = rendered(tmp_path / "one", secrets=secrets, endpoints=endpoints)
    assert KEY not in "".join(texts(tmp_path / "one").values())
    stripe = found["microservices/secret-stripe-credentials.yaml"]
    assert stripe["stringData"] == {"api-key": SECRET}
    store = found["microservices/secret-user-db-credentials.yaml"]
    assert store["stringData"] == {"password": SECRET, "url": SECRET}
    payment = found["microservices/deployment-payment-service.yaml"]["spec"]["template"]
    assert payment["metadata"]["annotations"][rotation("stripe-credentials")] == UNKNOWN
    issuer = found["helm/linkerd-control-plane.yaml"]["identity"]["issuer"]["tls"]
    assert issuer == {"crtPEM": UNKNOWN, "keyPEM": SECRET}
    # Another value gives the same bytes, so that they cannot be used to guess it.
    other = {"stripe-credentials": {"api-key": KEY[::-1]}}
    rendered(tmp_path / "two", secrets=other, endpoints=endpoints)
    assert texts(tmp_path / "one") == texts(tmp_path / "two")


def test_charts_of_a_directory_are_found_from_the_folder(tmp_path: Path) -> None:
    found = rendered(paths.LOCAL / "rendered-by-a-test" / tmp_path.name, "local")
    shutil.rmtree(paths.LOCAL / "rendered-by-a-test" / tmp_path.name)
    charts = {r["name"]: r["chart"] for r in found["helmfile.yaml"]["releases"]}
    assert charts["linkerd-viz"] == "../../charts/linkerd-viz"
    assert found["helmfile.yaml"]["repositories"] == []


def test_a_run_can_have_providers_that_answer() -> None:
    config = render.config(stack.find("dev"))
    outputs = program.run("dev", config, providers=Answering(), preview=False).outputs
    assert outputs["gatewayUrl"] == "http://gateway.test:8080"
    assert program.run("dev", config).outputs["gatewayUrl"] is None


@pytest.mark.slow
def test_old_files_are_removed_and_other_peoples_stay(tmp_path: Path) -> None:
    assert manifests.write(tmp_path, {"a/old.yaml": "1\n", "a/kept.yaml": "1\n"}, HEADER) == []
    (tmp_path / "README.md").write_text("Ours.\n")
    new = {"a/kept.yaml": "2\n", "b/new.yaml": "2\n"}
    assert manifests.write(tmp_path, new, HEADER) == ["a/old.yaml"]
    assert texts(tmp_path) == {
        "README.md": "Ours.\n",
        "a/kept.yaml": f"{HEADER}2\n",
        "b/new.yaml": f"{HEADER}2\n",
    }


def test_a_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("kind: Mine\n")
    with pytest.raises(DeployError, match=r"mine\.yaml was not written by `make render`"):
        manifests.write(tmp_path, {"a.yaml": "1\n", "mine.yaml": "1\n"}, HEADER)
    assert texts(tmp_path) == {"mine.yaml": "kind: Mine\n"}


def test_problems_of_the_configuration_are_reported_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match=r"Pulumi\.dev\.yaml: canaries\.nobody"):
        rendered(tmp_path, canaries={"nobody": {"weight": 1}})
    assert texts(tmp_path) == {}


def test_an_unknown_stack_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "--stack", "prd"]) == 1
    assert "Did you mean `prod`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"linkerd-platform:cluster": "prod"}, "Pulumi.dev.yaml: cluster"),
        ({"linkerd-platform:cluster": ["prod"]}, "Pulumi.dev.yaml: cluster"),
        (["linkerd-platform:cluster"], "`config` has to be a mapping"),
    ],
    ids=["text", "list", "list of keys"],
)
def test_config_of_another_type_is_reported(tmp_path: Path, config: Any, message: str) -> None:
    file = paths.ROOT / "Pulumi.dev.yaml"
    chosen = stack.Stack(name="dev", file=file, document={"config": config})
    with pytest.raises((DeployError, pulumi.RunError)) as refused:
        render.render(chosen, tmp_path)
    assert message in str(refused.value)
    assert texts(tmp_path) == {}


@pytest.mark.slow
def test_the_cluster_is_not_asked() -> None:
    chosen = stack.find("local")
    cluster = json.loads(render.config(chosen)[render.CLUSTER])
    assert cluster == {"kubeconfig": ".local/kubeconfig", "identifier": "local", "check": False}


def test_the_projects_own_config_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {
        "namespace": {"type": "string", "default": "apps"},
        "catalogue": "other.yaml",
        "canaries": {"type": "object"},
        "other:key": {"value": "theirs"},
    }
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "p", "config": config}))
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    document = {"config": {"linkerd-platform:catalogue": "mine.yaml"}}
    found = render.config(stack.Stack(name="dev", file=tmp_path / "x", document=document))
    del found[render.CLUSTER]
    assert found == {
        "linkerd-platform:namespace": "apps",
        "linkerd-platform:catalogue": "mine.yaml",
        "other:key": "theirs",
    }


def deployment(**container: Any) -> Manifest:
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1", **container}]},
        },
    }
    content = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    return Manifest(path="ns/deployment-web.yaml", content={**content, "spec": spec})


@pytest.mark.parametrize(
    ("container", "path", "found"),
    [
        pytest.param({}, None, None, id="good"),
        pytest.param({"stdin": None, "ports": None}, None, None, id="null"),
        pytest.param({"ports": [{"containerPort": UNKNOWN}]}, None, None, id="unknown value"),
        pytest.param({"imagePullPolicie": "Always"}, "imagePullPolicie", "does not know", id="key"),
        pytest.param({"ports": [{}]}, "ports.0.containerPort", "nothing", id="missing"),
        pytest.param({"ports": [{"containerPort": "80"}]}, "ports.0.containerPort", '"80"', id="n"),
        pytest.param({"stdin": "yes"}, "stdin", '"yes"', id="bool"),
        pytest.param({"args": "--help"}, "args", '"--help"', id="list"),
        pytest.param({"securityContext": True}, "securityContext", "true", id="mapping"),
        pytest.param(
            {"resources": {"limits": {"cpu": True}}}, "resources.limits.cpu", "tr", id="d"
        ),
    ],
)
def test_objects_are_checked_with_kubernetes_schemas(
    container: dict[str, Any], path: str | None, found: str | None
) -> None:
    problems = schemas.problems(deployment(**container))
    if path is None or found is None:
        assert problems == []
        return
    (problem,) = problems
    assert problem.file == "ns/deployment-web.yaml"
    assert problem.path == f"spec.template.spec.containers.0.{path}"
    assert found in problem.found


def test_custom_resources_have_no_schema_here() -> None:
    content = {"apiVersion": "linkerd.io/v1alpha2", "kind": "ServiceProfile", "spec": 3}
    profile = Manifest(path="p", content=content)
    assert not schemas.has_schema(profile)
    assert list(schemas.problems(profile)) == []
    assert schemas.has_schema(deployment())


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  creationTimestamp: null
  name: things.example.com
spec:
  group: example.com
  names: {kind: Thing, listKind: ThingList, plural: things, singular: thing}
  scope: Namespaced
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            limit: {anyOf: [{type: integer}, {type: string}], default: 1}
            list: {type: array, items: {type: string}, default: []}
      served: true
      storage: true
      subresources: {status: {}}
status:
  acceptedNames: {kind: "", plural: ""}
  conditions: null
  storedVersions: null
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", []),
        ("scope: Namespaced", "scope: null", [("spec.scope", "nothing")]),
        ("served: true", "served: yes please", [("spec.versions.0.served", '"yes please"')]),
        (
            "plural: things,",
            "plurals: things, plural: things,",
            [("spec.names.plurals", "a field")],
        ),
    ],
    ids=["as controller-gen writes it", "null", "type", "unknown field"],
)
def test_a_crd_may_leave_out_with_null_what_it_may_leave_out(
    tmp_path: Path, old: str, new: str, found: list[tuple[str, str]]
) -> None:
    (tmp_path / "crd.yaml").write_text(CRD.replace(old, new))
    group = registered(manifests.CONFIG_GROUP, "crds", files=[str(tmp_path / "crd.yaml")])
    (crd,) = manifests.manifests([group])
    assert schemas.has_schema(crd)
    problems = schemas.problems(crd)
    assert [problem.path for problem in problems] == [path for path, _ in found]
    for problem, (_, start) in zip(problems, found, strict=True):
        assert problem.found.startswith(start)


def test_two_objects_never_share_a_file() -> None:
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "same"}}
    one = registered("kubernetes:core/v1:ConfigMap", "one", **content)
    with pytest.raises(DeployError, match=r"cluster/configmap-same\.yaml"):
        manifests.manifests([one, one])


OPEN = {
    "linkerd.io/inject": "enabled",
    "config.linkerd.io/default-inbound-policy": "all-unauthenticated",
}
NAMESPACE = registered(
    "kubernetes:core/v1:Namespace",
    "open",
    apiVersion="v1",
    kind="Namespace",
    metadata={"name": "open", "annotations": OPEN},
)


@pytest.mark.slow
def test_the_policy_pack_judges_what_is_rendered() -> None:
    config = render.config(stack.find("prod"))
    asked = program.run("prod", config).registrations
    assert not [v for v in verdict.judge(asked, None) if v.is_mandatory]
    found = [v for v in verdict.judge([*asked, NAMESPACE], None) if v.is_mandatory]
    assert {(v.rule, v.resource) for v in found} == {("linkerd-namespace-strict-mtls", "open")}
    assert "all-unauthenticated" in found[0].message


@pytest.mark.slow
def test_a_violation_stops_the_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verdict.Violation(rule="a-rule", resource="web", message="Why.", is_mandatory=True)
    with mock.patch.object(verdict, "judge", return_value=[found]) as judge:
        assert render.render(stack.find("dev"), tmp_path) == 1
    said = capsys.readouterr()
    assert "[mandatory] a-rule (web): Why." in said.out
    assert "nothing was written" in said.err
    assert "frontend" in {one.name for one in judge.call_args.args[0]}
    assert texts(tmp_path) == {}


@pytest.mark.slow
def test_the_packs_configuration_is_used(tmp_path: Path) -> None:
    settings = tmp_path / "dev.json"
    settings.write_text(json.dumps({"no-such-rule": "advisory"}))
    with pytest.raises(DeployError, match="no-such-rule"):
        verdict.judge([NAMESPACE], settings)
