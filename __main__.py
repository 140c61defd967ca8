"""The program: load the configuration, check the cluster, declare the platform."""

from collections.abc import Mapping
from pathlib import Path

import pulumi
from pulumi.runtime.config import get_config_env

from components.cluster import checks, volumes
from components.config import loading
from components.config.problems import ConfigurationError
from components.platform import Platform, PlatformArgs

ROOT = Path(__file__).resolve().parent


def raw_config() -> Mapping[str, str]:
    # Not public API, but pulumi.Config would not notice unknown keys.
    return get_config_env()


def main() -> None:
    project, stack = pulumi.get_project(), pulumi.get_stack()
    try:
        loaded = loading.load(project=project, stack=stack, config=raw_config(), root=ROOT)
        file, owner = loading.stack_file(stack), f"{project}/{stack}"
        facts = checks.check(loaded.settings, file=file, stack=owner)
        if facts:
            volumes.check(loaded.settings, loaded.catalogue)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    for warning in (*loaded.warnings, *checks.warnings(loaded.settings, facts)):
        pulumi.log.warn(warning)
    root = (ROOT / loaded.settings.catalogue).parent
    args = PlatformArgs(
        settings=loaded.settings, catalogue=loaded.catalogue, root=root, owner=owner, facts=facts
    )
    for name, value in Platform("platform", args).outputs.items():
        pulumi.export(name, value)


main()
