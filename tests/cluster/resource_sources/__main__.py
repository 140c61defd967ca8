"""Each way in which a program can write an object, with one object that the pack refuses."""

from __future__ import annotations

import json

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes import yaml as yaml_v1
from pulumi_kubernetes.apiextensions import CustomResource, CustomResourcePatch
from pulumi_kubernetes.helm import v3, v4
from pulumi_kubernetes.kustomize import v2 as kustomize
from pulumi_kubernetes.yaml import v2 as yaml_v2

PROFILE = {"api_version": "linkerd.io/v1alpha2", "kind": "ServiceProfile"}
ROUTE = {"name": "GET /", "condition": {"method": "GET", "pathRegex": "/"}}
INJECTED = {"linkerd.io/inject": "enabled"}
KEY = "-----BEGIN PRIVATE KEY-----"

config = pulumi.Config()
provider = k8s.Provider("cluster", kubeconfig=config.require("kubeconfig"))
opts = pulumi.ResourceOptions(provider=provider)
# Components made in the provider take it from here.
component = pulumi.ResourceOptions(providers=[provider])


def manifest(name: str) -> dict[str, object]:
    """A namespace whose pods are injected, with no inbound policy."""
    metadata = {"name": name, "annotations": INJECTED}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


# Resources of their own.
k8s.core.v1.Namespace(
    "source-plain", opts, metadata={"name": "source-plain", "annotations": INJECTED}
)
CustomResource(
    "source-custom",
    **PROFILE,
    metadata={"name": "source-custom.default.svc.cluster.local", "namespace": "default"},
    spec={"routes": [{**ROUTE, "isRetryable": True}]},
    opts=opts,
)

# Parts of objects that are there already.
k8s.core.v1.NamespacePatch(
    "source-patch", opts, metadata={"name": "default", "annotations": INJECTED}
)
CustomResourcePatch(
    "source-custom-patch",
    **PROFILE,
    metadata={"name": config.require("profile"), "namespace": config.require("namespace")},
    spec={"routes": [{**ROUTE, "retries": 3}]},
    opts=opts,
)

# YAML, read in the program and in the provider.
yaml_v1.ConfigFile("file-v1", file="objects/file-v1.yaml", opts=component)
yaml_v1.ConfigFile("list", file="objects/list.yaml", opts=component)
text = json.dumps(manifest("source-group-v1"))
yaml_v1.ConfigGroup("group-v1", yaml=[text], opts=component)
yaml_v2.ConfigFile("file-v2", component, file="objects/file-v2.yaml")
yaml_v2.ConfigGroup("group-v2", component, objs=[manifest("source-group-v2")])
kustomize.Directory("overlay", component, directory="overlay")

# Charts: their objects, and what a release hands to Helm.
local = v3.LocalChartOpts(path="chart", values={"name": "source-chart-v3"})
v3.Chart("chart-v3", local, component)
v4.Chart("chart-v4", component, chart="./chart", values={"name": "source-chart-v4"})
v3.Release("source-release", opts, chart="./chart", values={"name": "a", "key": KEY})
secret = pulumi.Output.secret(KEY)
v3.Release("secret-release", opts, chart="./chart", values={"name": "b", "key": secret})

# What the provider makes of a range before the pack sees it.
v3.Release("ranged-release", opts, chart="linkerd-crds", version=">= 2026.1")
