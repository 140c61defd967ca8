"""Rules about the Secrets that the services refer to. No finding holds a value of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from components.config import overrides
from components.config.catalogue.model import Service
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
    references = [ref for service in _running(stack) for ref in service.secrets.values()]
    references += [each.secret for each in settings.endpoints.values() if each.secret]
    made = _made(stack)
    elsewhere = {credentials(each): each for each in settings.endpoints}
    for ref in dict.fromkeys(references):
        known = made.get(ref.secret, set())
        if ref.secret in settings.existing_secrets or ref.key in known:
            continue
        store = elsewhere.get(ref.secret)
        gone = f": `endpoints.{store}` takes the store and its Secret away" if store else ""
        yield Finding(
            path=f"secrets.{ref.secret}.{ref.key}",
            found=f"nothing, and the catalogue or `endpoints` refer to it{gone}",
            allowed="a value from secret config, or the Secret's name in `existingSecrets`",
            fix="Run `pulumi config set --secret --path "
            f'\'linkerd-platform:secrets["{ref.secret}"]["{ref.key}"]\'`.',
        )


def _running(stack: OverridesContext) -> Iterator[Service]:
    """The services that the stack runs."""
    yield from overrides.apply(stack.catalogue, stack.settings).services.values()


def _made(stack: OverridesContext) -> Mapping[str, Set[str]]:
    """The keys of the Secrets that this program makes, by the Secret's name."""
    own = {name: set(keys) for name, keys in stack.settings.secrets.items()}
    stores = overrides.apply(stack.catalogue, stack.settings).stores
    return own | {credentials(each): {"password", "url"} for each in stores}
