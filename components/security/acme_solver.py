"""The pods with which cert-manager answers ACME challenges for the gateway's certificate."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.config.stack.gateway import Gateway
from components.linkerd.shared import words
from components.plan import access
from components.security.policy_objects import PolicyContext, PolicyObjects

NAME = "acme.solver"
"""No service's name contains a dot."""
_REASON = {words.ALLOW_UNAUTHENTICATED: "ACME challenges come from clients outside the mesh."}


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeSolverArgs:
    """Who reaches the gateway, and how the objects are written."""

    gateway: Gateway
    context: PolicyContext


class AcmeSolver(pulumi.ComponentResource):
    """Lets the controller in front of the gateway reach these pods, which are in the mesh.

    cert-manager creates them in the namespace of the Certificate, and removes them once the
    challenge is answered. Source: https://cert-manager.io/docs/configuration/acme/http01/
    """

    def __init__(
        self, name: str, args: AcmeSolverArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the objects, all called ``acme.solver``."""
        super().__init__("platform:security:AcmeSolver", name, None, opts)
        write = PolicyObjects(NAME, args.context, self)
        controller = args.gateway.controller
        if controller is None:
            client = write.network(NAME, args.gateway.open_to)
            authorization = write.authorization(
                NAME,
                target=("Server", NAME),
                by="NetworkAuthentication",
                authentication=NAME,
                annotations=_REASON,
            )
        else:
            client = write.mesh(NAME, [controller])
            authorization = write.authorization(
                NAME, target=("Server", NAME), by="MeshTLSAuthentication", authentication=NAME
            )
        write.server(
            NAME,
            pods={"matchLabels": dict(access.SOLVER_LABELS)},
            port=access.SOLVER,
            protocol="HTTP/1",
            depends_on=[client, authorization],
        )
        self.register_outputs({})
