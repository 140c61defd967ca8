"""The objects that control the requests to one service: its style and its canary decide which."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.config.catalogue.model import RetryBudget, Service
from components.config.stack.canary import Canary
from components.config.stack.settings import Settings
from components.plan import wiring
from components.resources.objects import Context
from components.resources.options import NamespaceOptions
from components.traffic.canary import leaf_service, traffic_split
from components.traffic.flagger import AutomatedCanary, AutomatedCanaryArgs
from components.traffic.routes import HttpRoutes, HttpRoutesArgs
from components.traffic.service_profile import service_profile
from components.workloads.services import ports_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTraffic:
    """Writes the traffic objects of services. ``prometheus`` is the URL that Flagger queries."""

    settings: Settings
    context: Context
    options: NamespaceOptions
    prometheus: str

    def write(self, name: str, service: Service, microservice: pulumi.Resource) -> None:
        """Write the objects of one service, after its ``microservice``. None if it is not HTTP."""
        if not service.is_http:
            return
        automated = wiring.automated_canaries(self.settings).get(name)
        if automated is not None:
            self._automated(name, service, automated, microservice)
            return
        canary = wiring.canary_of(name, service, self.settings)
        depends_on = [microservice]
        if canary is not None:
            depends_on.append(
                leaf_service(
                    name,
                    canary[0],
                    context=self.context,
                    ports=ports_of(service),
                    opts=self.options.deleted_with_namespace(microservice),
                )
            )
        if service.style == "route":
            self._routes(name, service, depends_on)
        elif service.routes or canary is not None:
            depends_on.append(self._profile(name, service, depends_on))
            if canary is not None:
                opts = self.options.deleted_with_namespace(*depends_on)
                traffic_split(name, *canary, context=self.context, opts=opts)

    def _automated(
        self, name: str, service: Service, canary: Canary, microservice: pulumi.Resource
    ) -> None:
        depends_on = [microservice]
        if service.style == "profile":
            depends_on.append(self._profile(name, service, depends_on))
        args = AutomatedCanaryArgs(
            context=self.context, service=service, canary=canary, prometheus=self.prometheus
        )
        # To delete a Canary, Flagger changes the apex, so both must still exist.
        AutomatedCanary(name, args, self.options.deleted_first(*depends_on))

    def _profile(
        self, name: str, service: Service, depends_on: list[pulumi.Resource]
    ) -> pulumi.Resource:
        return service_profile(
            name,
            service.routes,
            service.retry_budget or RetryBudget(),
            context=self.context,
            opts=self.options.deleted_with_namespace(*depends_on),
        )

    def _routes(self, name: str, service: Service, depends_on: list[pulumi.Resource]) -> None:
        args = HttpRoutesArgs(
            context=self.context,
            api_version=self.settings.linkerd.chosen.http_route_api,
            port=ports_of(service)[0].number,
            routes=service.routes,
            backends=wiring.backends(name, service, self.settings),
            testers=wiring.testers(name, service, self.settings),
            grpc=service.protocol == "grpc",
        )
        HttpRoutes(name, args, self.options.deleted_with_namespace(*depends_on))
