"""The program that ``make policy-benchmark`` previews: Services and what belongs to each."""

from __future__ import annotations

PER_SERVICE = 10
"""Resources that :data:`PROGRAM` makes for each of its ``SERVICES``."""

PROGRAM = """\
import os

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

KUBECONFIG = os.environ.get("KUBECONFIG") or None
provider = k8s.Provider(
    "provider", kubeconfig=KUBECONFIG, render_yaml_to_directory=None if KUBECONFIG else "written")
opts = pulumi.ResourceOptions(provider=provider)
k8s.core.v1.Namespace(NAMESPACE, opts=opts, metadata={"name": NAMESPACE, "annotations": {
    "linkerd.io/inject": "enabled",
    "config.linkerd.io/default-inbound-policy": "all-authenticated"}})

def deployment(name, metadata, labels):
    k8s.apps.v1.Deployment(name, metadata=metadata, opts=opts, spec={
        "replicas": 2, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "app", "image": "registry.example/app:1.0.0",
                "ports": [{"name": "http", "containerPort": 8080}],
                "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"},
                              "limits": {"memory": "64Mi"}},
                "securityContext": {"allowPrivilegeEscalation": False,
                                    "readOnlyRootFilesystem": True,
                                    "capabilities": {"drop": ["ALL"]}}}]}}})

def custom(kind, version, name, spec, metadata):
    CustomResource(f"{name}-{kind}", api_version=version, kind=kind, metadata=metadata, spec=spec,
                   opts=opts)

def service(name):
    labels, metadata = {"app": name}, {"name": name, "namespace": NAMESPACE}
    deployment(name, metadata, labels)
    k8s.core.v1.Service(name, metadata=metadata, opts=opts, spec={
        "selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]})
    k8s.core.v1.ServiceAccount(name, metadata=metadata, opts=opts)
    k8s.core.v1.ConfigMap(name, metadata=metadata, opts=opts, data={"LOG_LEVEL": "info"})
    k8s.policy.v1.PodDisruptionBudget(name, metadata=metadata, opts=opts, spec={
        "maxUnavailable": 1, "selector": {"matchLabels": labels}})
    k8s.networking.v1.NetworkPolicy(name, metadata=metadata, opts=opts, spec={
        "podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"], "ingress": [{}]})
    custom("Server", "policy.linkerd.io/v1beta3", name, {
        "podSelector": {"matchLabels": labels}, "port": "http", "proxyProtocol": "HTTP/1"},
        metadata)
    custom("MeshTLSAuthentication", "policy.linkerd.io/v1alpha1", name, {
        "identityRefs": [{"kind": "ServiceAccount", "name": name}]}, metadata)
    custom("AuthorizationPolicy", "policy.linkerd.io/v1alpha1", name, {
        "targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": name},
        "requiredAuthenticationRefs": [{
            "group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": name}]},
        metadata)
    custom("ServiceProfile", "linkerd.io/v1alpha2", name, {
        "routes": [{"name": "GET /", "condition": {"method": "GET", "pathRegex": "/"},
                    "isRetryable": True, "timeout": "500ms"}],
        "retryBudget": {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}},
        {**metadata, "name": f"{name}.{NAMESPACE}.svc.cluster.local"})

for index in range(SERVICES):
    service(f"service-{index}")
"""
"""Source of a Pulumi program; lines that set ``SERVICES`` and ``NAMESPACE`` must precede it.

With KUBECONFIG it previews against that cluster, without it renders YAML.
"""
