"""Every rule about the configuration: a new rule is a function and a line here.

A rule gets one of the contexts and yields a finding for each mistake. The paths of its findings
start at what the context is about; the file is added by :mod:`components.config.loading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

from components.config.rules import (
    admission,
    calls,
    canaries,
    derived_names,
    features,
    flagger,
    gateway_api,
    identity,
    load,
    mesh,
    names,
    objectives,
    overrides,
    routes,
    secrets,
    traffic,
    workloads,
)
from components.config.rules.context import (
    CatalogueContext,
    OverridesContext,
    RouteContext,
    ServiceContext,
    StackContext,
)
from components.findings import Finding

C = TypeVar("C")
Rule: TypeAlias = Callable[[C], Iterator[Finding]]

CATALOGUE: tuple[Rule[CatalogueContext], ...] = (
    names.names_are_unique,
    names.load_generator_has_its_name,
    names.gateway_serves_http,
    derived_names.catalogue_names_are_free_and_fit,
    load.load_needs_an_http_gateway,
    load.load_routes_are_requests,
    secrets.urls_hold_no_secrets,
)

SERVICE: tuple[Rule[ServiceContext], ...] = (
    calls.calls_are_known,
    calls.callees_have_variables_of_their_own,
    calls.env_leaves_the_platforms_variables,
    calls.callers_call_the_service,
    calls.overlapping_routes_have_the_same_callers,
    names.stand_in_is_of_an_external,
    names.versions_are_served,
    workloads.ports_differ,
    workloads.probes_are_of_one_kind,
    workloads.requests_are_within_limits,
    workloads.volume_is_of_one_pod,
    workloads.mounts_differ,
    workloads.files_exist,
    secrets.arguments_hold_no_secrets,
    secrets.variables_hold_no_secrets,
    traffic.http_keys_need_http,
    traffic.retry_budget_needs_profile,
    traffic.circuit_breaker_works,
    objectives.objectives_are_measured,
)

ROUTE: tuple[Rule[RouteContext], ...] = (
    routes.routes_differ,
    routes.paths_have_no_other_patterns,
    routes.http_routes_have_names_of_their_own,
    routes.retried_requests_are_idempotent,
    routes.retries_are_of_the_style,
    routes.retries_have_a_timeout,
    routes.retry_conditions_are_of_the_protocol,
    routes.grpc_routes_are_methods,
    routes.response_classes_have_effect,
    routes.response_classes_are_reached,
)

SETTINGS: tuple[Rule[StackContext], ...] = (
    mesh.namespace_is_of_its_own,
    mesh.collector_goes_with_tracing,
    mesh.links_need_viz,
    mesh.charts_come_from_one_place,
    mesh.scraper_is_let_in,
    features.features_are_in_the_release,
    gateway_api.control_plane_has_its_crds,
    gateway_api.routes_have_their_crds,
    gateway_api.gateway_has_its_crds,
    gateway_api.egress_limits_have_their_crds,
    features.release_can_limit_egress,
    overrides.endpoints_have_ports,
    identity.keys_are_of_the_mode,
    identity.first_generation_has_no_steps,
    identity.provided_pems_are_readable,
    identity.provided_certificates_are_fit,
    identity.provided_key_is_the_issuers,
    canaries.manual_canaries_have_a_weight,
    canaries.automated_canaries_leave_weights_to_flagger,
    canaries.canary_headers_need_route,
    canaries.canaries_are_reached_through_the_mesh,
    canaries.traffic_splits_need_smi,
    flagger.automated_canaries_need_flagger,
    flagger.flagger_needs_viz,
    flagger.flagger_can_drive_the_service,
    admission.gates_allow_an_audit,
    admission.gates_allow_the_retries,
    load.rate_needs_a_load,
    overrides.pods_outlive_their_pause,
    objectives.alerts_have_a_place,
)

OVERRIDES: tuple[Rule[OverridesContext], ...] = (
    overrides.overrides_are_known,
    overrides.endpoints_are_elsewhere,
    overrides.endpoints_have_urls,
    overrides.volumes_are_not_scaled,
    overrides.replicas_are_not_autoscaled,
    overrides.requests_stay_within_limits,
    overrides.addresses_follow_their_endpoints,
    overrides.operators_can_run_the_store,
    overrides.images_have_digests,
    objectives.overridden_objectives_are_measured,
    derived_names.stack_names_are_free_and_fit,
    secrets.existing_secrets_are_not_made_here,
    secrets.secrets_have_values,
)

WARNINGS: tuple[Callable[[StackContext], Iterator[str]], ...] = (
    features.features_without_effect,
    identity.change_at_once_cuts_proxies_off,
    identity.certificates_end_soon,
    mesh.audit_refuses_nobody,
    mesh.scraped_ports_have_a_scraper,
)
"""What a user should know about valid settings; each sentence starts with the key's path."""


def findings(rules: tuple[Rule[C], ...], context: C) -> Iterator[Finding]:
    """What each of the rules finds."""
    for rule in rules:
        yield from rule(context)
