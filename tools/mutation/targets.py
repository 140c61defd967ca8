"""Which tests are to notice a change of which module. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

FOLDER = "tests/policy"

TESTS: dict[str, tuple[str, ...]] = {
    "mtls": ("test_mtls",),
    "control_plane": ("test_control_plane",),
    "authorizations": ("test_authorizations", "test_probes"),
    "servers": ("test_servers",),
    "retries": ("test_retries",),
    "amplification": ("test_amplification",),
    "call_graph": ("test_amplification",),
    "hidden_calls": ("test_amplification",),
    "clashes": ("test_clashes",),
    "fields": ("test_fields",),
    "canary": ("test_canary",),
    "canary_weights": ("test_canary",),
    "breakers": ("test_breakers",),
    "breaker_placement": ("test_breakers",),
    "annotation_names": ("test_annotation_names",),
    "profiles": ("test_profiles",),
    "wiring": ("test_wiring", "test_false_alarms"),
    "dangling": ("test_wiring",),
    "exposure": ("test_exposure",),
    "pod_security": ("test_pod_security",),
    "resources": ("test_workload_rules",),
    "availability": ("test_workload_rules",),
    "images": ("test_workload_rules",),
    "accounts": ("test_workload_rules",),
    "clear_secrets": ("test_clear_secrets",),
    "secret_text": ("test_clear_secrets",),
    "private_keys": ("test_private_keys",),
    "certificates": ("test_certificates",),
    "x509_checks": ("test_certificates",),
    "mesh_install": ("test_hygiene",),
    "mesh_namespaces": ("test_hygiene",),
    "proxies": ("test_hygiene",),
    "evaluation": ("test_unknowns", "test_exemptions", "test_server", "test_remediation"),
    "exemptions": ("test_exemptions", "test_configuration"),
    "configuration": ("test_configuration", "test_exemptions"),
    "objects": ("test_objects",),
    "values": ("test_values", "test_objects"),
    "charts": ("test_hygiene",),
    "durations": ("test_durations",),
    "label_selector": ("test_label_selector",),
    "meshed": ("test_meshed",),
    "messages": ("test_messages",),
    "probes": ("test_probes",),
    "secrecy": ("test_private_keys",),
    "server": ("test_server", "test_unknowns", "test_remediation", "test_configuration"),
    "check": ("test_configuration",),
    "remediation": ("test_remediation",),
    "remedies": ("test_remediation",),
    "schema": ("test_configuration",),
    "stack": ("test_stack",),
    "pod_index": ("test_stack",),
    "stack_view": ("test_wiring", "test_servers", "test_clashes"),
}
"""The pack's modules with logic, and their own tests."""


LEFT_OUT = frozenset(
    {
        "__init__",
        "docs",
        "examples",
        "known_annotations",
        "lifetime",
        "linkerd",
        "model",
        "pack",
        "schemas",
        "table",
    }
)
"""Modules of names, tables and declarations, the one that prints the pack's page, and the one that
ends the process, mutants of which would end the run."""

METADATA = frozenset({("mtls", "_skipped_setting")})
"""Functions that only describe a rule, when the pack is imported: no test sees them changed."""

_RULE = re.compile(r'^    name="(?P<name>linkerd-[a-z-]+)",$', re.MULTILINE)
_OF_A_RULE = (
    "test_examples.py::test_bad_example_is_refused_by_this_rule",
    "test_examples.py::test_good_example_passes_the_rule",
)


def tests_of(module: str, source: str) -> Iterator[str]:
    """What pytest is to run for a module with this ``source``: its own tests, and its rules'."""
    yield from (f"{FOLDER}/{name}.py" for name in TESTS[module])
    for rule in _RULE.finditer(source):
        yield from (f"{FOLDER}/{test}[{rule['name']}]" for test in _OF_A_RULE)
