"""Rules about the Secrets that the services refer to. No finding holds a value of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from components.config import overrides
from components.config.catalogue.model import Service
from components.config.rules.context import CatalogueContext, OverridesContext, ServiceContext
from components.findings import Finding
from components.linkerd.shared.secret_arguments import (
    gives_away,
    is_secret_variable,
    secret_arguments,
)
from components.names import credentials

_ALLOWED = "no secret in clear: whoever reads a Deployment, a diff or this file would read it"
_IN_SECRETS = (
    "Declare the variable under `secrets`, with the Secret and its key, and set the value with "
    "`pulumi config set --secret`."
)


def arguments_hold_no_secrets(context: ServiceContext) -> Iterator[Finding]:
    """No command or argument holds a secret in clear, as the policy pack judges pods."""
    service = context.service
    yield from _in_arguments("", service.command, service.args)
    for name, version in service.versions.items():
        if version.args is not None:
            yield from _in_arguments(f"versions.{name}.", service.command, version.args)


def _in_arguments(
    prefix: str, command: Sequence[str], arguments: Sequence[str]
) -> Iterator[Finding]:
    """The arguments go on where the command ends: a flag may be in one, its value in the other."""
    places = [f"command.{index}" for index in range(len(command))]
    own = len(places) if prefix else 0
    places += [f"{prefix}args.{index}" for index in range(len(arguments))]
    for index in secret_arguments([*command, *arguments]):
        if index >= own:
            yield Finding(
                path=places[index],
                found="a secret",
                allowed=_ALLOWED,
                fix=f"{_IN_SECRETS} Write $(NAME) here.",
            )


def variables_hold_no_secrets(context: ServiceContext) -> Iterator[Finding]:
    """No variable holds a secret in clear, as the policy pack judges pods."""
    service = context.service
    places = {"env": service.env}
    places |= {f"versions.{name}.env": version.env for name, version in service.versions.items()}
    for path, variables in places.items():
        for name, value in variables.items():
            if is_secret_variable(name, value):
                yield Finding(
                    path=f"{path}.{name}", found="a secret", allowed=_ALLOWED, fix=_IN_SECRETS
                )


def urls_hold_no_secrets(catalogue: CatalogueContext) -> Iterator[Finding]:
    """No URL of an external holds a password: its callers get it in a variable in clear."""
    for name, external in catalogue.external.items():
        if gives_away(external.url):
            yield Finding(
                path=f"external.{name}.url",
                found="a URL with a secret in it",
                allowed="a URL without one",
                fix="Take it out, and give it to the callers under their `secrets`.",
            )


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
