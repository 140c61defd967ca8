"""Which tests should notice a change of which module. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

FOLDER = "tests/policy"

TESTS: dict[str, tuple[str, ...]] = {
    "rules.strict_mtls.inbound_policy": ("test_mtls",),
    "rules.strict_mtls.control_plane": ("test_control_plane",),
    "rules.strict_mtls.authorizations": ("test_authorizations", "test_probes"),
    "rules.strict_mtls.server_coverage": ("test_servers",),
    "rules.retry_limits.bounds": ("test_retries",),
    "rules.retry_limits.idempotence": ("test_idempotence",),
    "reading.methods": ("test_idempotence",),
    "rules.retry_limits.amplification": ("test_amplification",),
    "reading.call_graph": ("test_amplification",),
    "reading.hidden_calls": ("test_amplification",),
    "reading.retries": ("test_amplification", "test_retries", "test_idempotence"),
    "rules.clashes": ("test_clashes",),
    "rules.unknown_names.route_features": ("test_route_features",),
    "rules.unknown_names.fields": ("test_fields",),
    "rules.canaries.splits": ("test_canary",),
    "reading.splits": ("test_canary", "test_clashes"),
    "rules.canaries.weights": ("test_canary",),
    "rules.circuit_breakers": ("test_breakers",),
    "rules.unknown_names.annotations": ("test_annotation_names",),
    "rules.unknown_names.profiles": ("test_profiles",),
    "rules.wiring.selectors": ("test_wiring", "test_false_alarms"),
    "rules.wiring.dangling": ("test_wiring",),
    "rules.exposure": ("test_exposure",),
    "rules.workloads.pod_security": ("test_pod_security",),
    "rules.workloads.resources": ("test_workload_rules",),
    "rules.workloads.availability": ("test_workload_rules",),
    "rules.workloads.images": ("test_workload_rules",),
    "rules.workloads.accounts": ("test_workload_rules",),
    "rules.workloads.clear_secrets": ("test_clear_secrets",),
    "shared.secret_text": ("test_clear_secrets", "test_secret_arguments"),
    "shared.secret_arguments": ("test_secret_arguments",),
    "rules.certificates": ("test_private_keys", "test_certificates"),
    "reading.x509_checks": ("test_certificates",),
    "shared.x509": ("test_certificates",),
    "rules.hygiene.install": ("test_hygiene",),
    "rules.hygiene.namespaces": ("test_hygiene",),
    "rules.hygiene.proxies": ("test_hygiene",),
    "framework.evaluation": ("test_unknowns", "test_exemptions", "test_server", "test_remediation"),
    "framework.exemptions": ("test_exemptions", "test_configuration"),
    "framework.configuration": ("test_configuration", "test_exemptions"),
    "framework.objects": ("test_objects",),
    "framework.values": ("test_values", "test_objects"),
    "reading.charts": ("test_hygiene",),
    "shared.durations": ("test_durations",),
    "reading.label_selector": ("test_label_selector",),
    "reading.mesh": ("test_meshed", "test_exposure", "test_wiring"),
    "reading.meshed_workloads": ("test_meshed",),
    "reading.messages": ("test_messages",),
    "reading.probe_routes": ("test_probes",),
    "framework.secrecy": ("test_private_keys",),
    "framework.analyzer": (
        "test_server",
        "test_unknowns",
        "test_remediation",
        "test_configuration",
    ),
    "check": ("test_configuration",),
    "framework.changes": ("test_remediation",),
    "rules.remediations": ("test_remediation",),
    "framework.schema": ("test_configuration",),
    "framework.wording": ("test_messages", "test_configuration"),
    "framework.clusters": ("test_clusters",),
    "framework.stack": ("test_stack",),
    "reading.pods": ("test_stack", "test_wiring", "test_servers"),
    "reading.quantities": ("test_workload_rules",),
    "reading.reasons": ("test_authorizations", "test_exposure"),
    "reading.scalers": ("test_scalers",),
    "reading.references": ("test_wiring", "test_canary"),
    "reading.services": ("test_wiring", "test_servers", "test_clashes"),
}
"""The pack's modules with logic, and their own tests."""


LEFT_OUT = frozenset(
    {
        "docs",
        "rules.examples",
        "rules.groups",
        "reading.known_annotations",
        "framework.lifetime",
        "reading.linkerd",
        "framework.model",
        "framework.pack",
        "reading.crd_fields",
        "shared.limits",
        "shared.namespaces",
        "shared.words",
        "reading.pod_templates",
        "reading.settings",
        "table",
    }
)
"""Modules of names, tables and declarations, the module that prints the pack's page, and the one
that ends the process: its mutants would end the run."""

_RULE = re.compile(r'^    name="(?P<name>linkerd-[a-z-]+)",$', re.MULTILINE)
_OF_A_RULE = (
    "test_examples.py::test_bad_example_is_refused_by_this_rule",
    "test_examples.py::test_good_example_passes_the_rule",
)


def tests_of(module: str, source: str) -> Iterator[str]:
    """The tests of a module with this ``source``: its own, and the examples of its rules."""
    yield from (f"{FOLDER}/{name}.py" for name in TESTS[module])
    for rule in _RULE.finditer(source):
        yield from (f"{FOLDER}/{test}[{rule['name']}]" for test in _OF_A_RULE)
