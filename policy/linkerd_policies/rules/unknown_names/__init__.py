"""Names that do not exist: annotations, fields and profiles that Linkerd ignores in silence."""

from linkerd_policies.rules.unknown_names import annotations, fields, profiles, route_features

RULES = (
    *fields.RULES,
    *route_features.RULES,
    *annotations.RULES,
    *profiles.RULES,
)
