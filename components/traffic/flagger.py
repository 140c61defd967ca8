"""Automated canaries: the Canary that Flagger acts on, and what it is measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import Service
from components.config.stack.canary import Canary
from components.resources.labels import labels
from components.traffic.flagger_specs import QUERIES, canary_spec, metric_spec, template


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomatedCanaryArgs:
    """The service as the catalogue has it, and what its new version has to show.

    ``prometheus`` is the URL that Flagger asks.
    """

    namespace: str
    service: Service
    canary: Canary
    prometheus: str


class AutomatedCanary(pulumi.ComponentResource):
    """Hands a service's weights over to Flagger, which owns everything that it makes of this."""

    def __init__(
        self, name: str, args: AutomatedCanaryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the MetricTemplates, and then the Canary, of the service called ``name``."""
        super().__init__("platform:traffic:AutomatedCanary", name, None, opts)
        self._owner, self._namespace = name, args.namespace
        templates = [
            self._object(
                "MetricTemplate", template(name, metric), metric_spec(query, args.prometheus)
            )
            for metric, query in QUERIES.items()
        ]
        spec = canary_spec(name, args.service, args.canary, args.namespace)
        self._object("Canary", name, spec, after=templates)
        self.register_outputs({})

    def _object(
        self,
        kind: str,
        name: str,
        spec: Mapping[str, Any],
        after: list[k8s.apiextensions.CustomResource] | None = None,
    ) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            name,
            api_version="flagger.app/v1beta1",
            kind=kind,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name, namespace=self._namespace, labels=labels(self._owner)
            ),
            spec=dict(spec),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after or ())),
        )
