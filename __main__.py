"""The front door: configuration, checks, the platform, the stack's outputs."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import get_config_env

from components import cluster, cluster_guards, configuration
from components.mesh import identity_preflight
from components.platform import Platform, PlatformArgs
from components.problems import ConfigurationError

ROOT = Path(__file__).resolve().parent


def main() -> None:
    stack = pulumi.get_stack()
    try:
        loaded = configuration.load(
            project=pulumi.get_project(), stack=stack, config=get_config_env(), root=ROOT
        )
        settings = loaded.settings
        file = configuration.stack_file(stack)
        owner = f"{pulumi.get_project()}/{stack}"
        facts = cluster.check(settings.cluster, settings.linkerd, file=file, stack=owner)
        if facts and (found := list(configuration.too_new(file, settings, facts.version))):
            raise ConfigurationError(found)
        identity_preflight.check(settings.linkerd.identity, settings.cluster, facts, file=file)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    for warning in (*loaded.warnings, *cluster_guards.warnings(settings.linkerd, facts)):
        pulumi.log.warn(warning)
    args = PlatformArgs(settings=settings, catalogue=loaded.catalogue, root=ROOT)
    for name, value in Platform("platform", args).outputs.items():
        pulumi.export(name, value)
    if facts:
        pulumi.export("clusterUid", facts.uid)


main()
