"""The front door: loading, checks, the platform, the stack's outputs."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import get_config_env

from components.cluster import certificates, connection, guards
from components.config import loading
from components.config.problems import ConfigurationError
from components.platform import Platform, PlatformArgs

ROOT = Path(__file__).resolve().parent


def main() -> None:
    stack = pulumi.get_stack()
    try:
        loaded = loading.load(
            project=pulumi.get_project(), stack=stack, config=get_config_env(), root=ROOT
        )
        settings = loaded.settings
        file = loading.stack_file(stack)
        owner = f"{pulumi.get_project()}/{stack}"
        facts = connection.check(settings.cluster, settings.linkerd, file=file, stack=owner)
        if facts and (found := list(loading.too_new(file, settings, facts.version))):
            raise ConfigurationError(found)
        certificates.check(settings.linkerd.identity, settings.cluster, facts, file=file)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    for warning in (*loaded.warnings, *guards.warnings(settings.linkerd, facts)):
        pulumi.log.warn(warning)
    args = PlatformArgs(settings=settings, catalogue=loaded.catalogue, root=ROOT, owner=owner)
    for name, value in Platform("platform", args).outputs.items():
        pulumi.export(name, value)
    if facts:
        pulumi.export("clusterUid", facts.uid)


main()
