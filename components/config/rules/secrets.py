"""Rules about the Secrets that the services refer to. No finding holds a value of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from components.config.rules.context import OverridesContext
from components.findings import Finding
from components.names import credentials


def existing_secrets_are_not_made_here(stack: OverridesContext) -> Iterator[Finding]:
    """A Secret comes from this program or exists already, not both."""
    for name in sorted(_made(stack).keys() & stack.settings.existing_secrets):
        yield Finding(
            path=f"existingSecrets.{name}",
            found=f'"{name}", which this program makes',
            allowed="Secrets that are in the namespace by other means",
            fix="Delete it here, or under `secrets`.",
        )


def secrets_have_values(stack: OverridesContext) -> Iterator[Finding]:
    """Each key of a Secret that something refers to has a value, unless the Secret exists."""
    settings = stack.settings
    references = [
        ref
        for service in stack.catalogue.services.values()
        if service.stands_in_for is None or service.stands_in_for in settings.stand_ins
        for ref in service.secrets.values()
    ]
    references += [each.secret for each in settings.endpoints.values() if each.secret]
    made = _made(stack)
    for ref in dict.fromkeys(references):
        known = made.get(ref.secret, set())
        if ref.secret not in settings.existing_secrets and ref.key not in known:
            yield Finding(
                path=f"secrets.{ref.secret}.{ref.key}",
                found="nothing, and the catalogue or `endpoints` refer to it",
                allowed="a value from secret config, or the Secret's name in `existingSecrets`",
                fix="Run `pulumi config set --secret --path "
                f'\'linkerd-platform:secrets["{ref.secret}"]["{ref.key}"]\'`.',
            )


def _made(stack: OverridesContext) -> Mapping[str, Set[str]]:
    """The keys of the Secrets that this program makes, by the Secret's name."""
    own = {name: set(keys) for name, keys in stack.settings.secrets.items()}
    return own | {credentials(each): {"password", "url"} for each in stack.catalogue.stores}
