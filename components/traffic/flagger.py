"""Automated canaries: Flagger's Canary, and the metrics that decide about it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.config.catalogue.model import Service
from components.config.stack.canary import Canary
from components.resources.objects import Context, custom_resource
from components.resources.specs.flagger import CANARY, METRIC_TEMPLATE
from components.resources.specs.kind import Kind, Spec
from components.traffic.flagger_specs import (
    QUERIES,
    canary_spec,
    metric_spec,
    metric_template_name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomatedCanaryArgs:
    """The catalogue's service, and the stack's settings of its canary.

    ``prometheus`` is the URL that Flagger queries.
    """

    context: Context
    service: Service
    canary: Canary
    prometheus: str


class AutomatedCanary(pulumi.ComponentResource):
    """Lets Flagger control a service's weights. Flagger owns the objects that it creates."""

    def __init__(
        self, name: str, args: AutomatedCanaryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the MetricTemplates, and then the Canary, of the service called ``name``."""
        super().__init__("platform:traffic:AutomatedCanary", name, None, opts)
        self._owner, self._context = name, args.context
        templates = [
            self._object(
                metric_template_name(name, metric),
                METRIC_TEMPLATE,
                metric_spec(query, args.prometheus),
            )
            for metric, query in QUERIES.items()
        ]
        spec = canary_spec(name, args.service, args.canary, args.context.namespace)
        self._object(name, CANARY, spec, *templates)
        self.register_outputs({})

    def _object(
        self, name: str, kind: Kind[Spec], spec: Spec, *depends_on: pulumi.Resource
    ) -> pulumi.Resource:
        return custom_resource(
            name,
            kind,
            spec,
            metadata=self._context.metadata(name, self._owner),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )
