"""Checks that the Secrets of others, which the pods need to start, are in the namespace."""

from __future__ import annotations

from collections.abc import Iterator

from components.cluster.connection import SECONDS_TO_ANSWER, allowed, connected
from components.cluster.facts import ClusterContext
from components.config.stack.settings import Settings
from components.findings import Finding

_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"


def existing_secrets_are_there(context: ClusterContext) -> Iterator[Finding]:
    """Each of the existing Secrets is there, once the namespace is.

    Raises :class:`Unreachable`.
    """
    wanted = context.settings.existing_secrets
    known = names(context.settings) if wanted else None
    for index, name in enumerate(wanted):
        if known and name not in known:
            namespace = context.settings.namespace
            yield Finding(
                path=f"existingSecrets.{index}",
                found=f'"{name}", which the namespace {namespace} does not have',
                allowed=f"the name of a Secret in {namespace}",
                fix="Correct the name, or let that Secret be created first: pods do not start "
                "without it.",
            )


def names(settings: Settings) -> frozenset[str]:
    """The names of the Secrets in the services' namespace, never their values.

    Empty where there is none yet, or where we may not list them. Raises :class:`Unreachable`.
    """
    with connected(settings.cluster) as api, allowed():
        answer = api.call_api(
            "/api/v1/namespaces/{namespace}/secrets",
            "GET",
            path_params={"namespace": settings.namespace},
            header_params={"Accept": _NAMES_ONLY},
            response_type="object",
            auth_settings=["BearerToken"],
            _return_http_data_only=True,
            _request_timeout=SECONDS_TO_ANSWER,
        )
        return frozenset(one["metadata"]["name"] for one in answer["items"])
    return frozenset()
