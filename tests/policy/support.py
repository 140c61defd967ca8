"""Runs the pack as the engine does: protobuf requests into the SDK's own analyzer server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pulumi_policy.policy as sdk
import yaml
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE

from linkerd_policies.framework.analyzer import PackServer
from linkerd_policies.framework.model import Rule
from linkerd_policies.framework.objects import KubeObject, objects_of
from linkerd_policies.framework.pack import PACK_NAME, build_policies
from linkerd_policies.framework.values import MapView
from linkerd_policies.table import RULES
from tests.policy.wording import assert_well_said

Manifest = dict[str, Any]
Config = Mapping[str, Mapping[str, Any]]

URN = "urn:pulumi:dev::p::t::thing"
TODAY = date(2030, 1, 15)
UNKNOWN_TEXT = UNKNOWN_STRING_VALUE
UNKNOWN_MAP = UNKNOWN_OBJECT_VALUE
LEVELS = {
    "advisory": analyzer_pb2.ADVISORY,
    "disabled": analyzer_pb2.DISABLED,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}


def secret(value: Any) -> dict[str, Any]:
    """``value`` as the engine sends a secret."""
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


def documents(text: str) -> list[Manifest]:
    return list(yaml.safe_load_all(text))


def document(text: str) -> Manifest:
    (only,) = documents(text)
    return only


def token(manifest: Manifest) -> str:
    """The type token that the Kubernetes provider gives to such an object."""
    version = manifest["apiVersion"]
    return f"kubernetes:{'core/' if version == 'v1' else ''}{version}:{manifest['kind']}"


class Pack:
    """The whole pack, configured, behind the SDK's server."""

    def __init__(self, config: Config | None = None, day: date = TODAY) -> None:
        level = sdk.EnforcementLevel.MANDATORY
        policies = build_policies(RULES)
        self.server: Any = PackServer(RULES, PACK_NAME, "0.0.1", policies, level, day=lambda: day)
        if config:
            self.server.Configure(configuration(config), None)

    def info(self) -> Any:
        return self.server.GetAnalyzerInfo(None, None)

    def resource(
        self, manifest: Manifest, resource_type: str | None = None, *, protect: bool = False
    ) -> Any:
        """The engine's question about one resource, before it is written."""
        request = analyzer_pb2.AnalyzeRequest(
            type=resource_type or token(manifest),
            properties=struct(manifest),
            urn=URN,
            name="thing",
            options=analyzer_pb2.AnalyzerResourceOptions(protect=protect),
        )
        return self.server.Analyze(request, None)

    def stack(self, manifests: Iterable[Manifest], types: Sequence[str] = ()) -> Any:
        """The engine's question about all resources together, of ``types`` if any are given."""
        manifests = list(manifests)
        resources = [
            analyzer_pb2.AnalyzerResource(
                type=kind, properties=struct(manifest), urn=f"urn:{index}", name="thing"
            )
            for index, (manifest, kind) in enumerate(
                zip(manifests, types or map(token, manifests), strict=True)
            )
        ]
        return self.server.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), None)

    def diagnostics(self, *manifests: Manifest) -> list[Any]:
        """Every diagnostic on a stack of these objects."""
        found = [d for m in manifests for d in self.resource(m).diagnostics]
        return [*found, *self.stack(manifests).diagnostics]

    def remediate(self, manifest: Manifest) -> list[Manifest]:
        """What each remediation of one resource, one after the other, makes of it."""
        response = self.server.Remediate(
            analyzer_pb2.AnalyzeRequest(
                type=token(manifest), properties=struct(manifest), urn=URN, name="thing"
            ),
            None,
        )
        return [json_format.MessageToDict(one.properties) for one in response.remediations]


def configuration(config: Config, level: Any = analyzer_pb2.MANDATORY) -> Any:
    """The engine's ``Configure`` request."""
    return analyzer_pb2.ConfigureAnalyzerRequest(
        policyConfig={
            name: analyzer_pb2.PolicyConfig(
                enforcementLevel=LEVELS.get(str(settings.get("enforcementLevel")), level),
                properties=struct({k: v for k, v in settings.items() if k != "enforcementLevel"}),
            )
            for name, settings in config.items()
        }
    )


def struct(values: Mapping[str, Any]) -> Any:
    """``values`` as the engine's requests carry them."""
    result = struct_pb2.Struct()
    result.update(values)
    return result


def violations(rule: str, *manifests: Manifest, **settings: Any) -> list[str]:
    """The mandatory messages of one rule on a stack of these objects."""
    assert rule in BY_NAME, rule
    pack = Pack({rule: settings} if settings else None)
    found = [
        diagnostic
        for diagnostic in pack.diagnostics(*manifests)
        if diagnostic.policyName == rule and diagnostic.enforcementLevel == analyzer_pb2.MANDATORY
    ]
    messages = [diagnostic.message.partition("\n")[2] for diagnostic in found]
    assert all(diagnostic.urn.startswith("urn:") for diagnostic in found), found
    for message in messages:
        assert_well_said(message, manifests)
    return messages


def notes(rule: str, *manifests: Manifest) -> list[str]:
    """The advisory notes that the SDK makes where a rule cannot run yet."""
    return [
        diagnostic.message
        for diagnostic in Pack().diagnostics(*manifests)
        if diagnostic.policyName == rule and diagnostic.enforcementLevel == analyzer_pb2.ADVISORY
    ]


def read(manifests: Sequence[Manifest]) -> list[KubeObject]:
    """The objects as the pack's server reads them."""
    return [
        obj
        for number, manifest in enumerate(manifests)
        for obj in objects_of(token(manifest), MapView(struct(manifest)), f"urn:{number}", "thing")
    ]
