"""``python -m commands VERB [OPTION ...]``; ``--help`` lists the verbs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from commands.arguments import parse
from commands.deploy.errors import DeployError
from commands.verbs import VERBS
from components.config.problems import ConfigurationError


def main(arguments: Sequence[str]) -> int:
    """Run one verb. Returns its exit code; 1 is an error."""
    try:
        verb, options = parse(VERBS, arguments)
        if verb.confirms:
            from commands.deploy import guards

            options["yes"] |= guards.confirm(options["stack"], verb.name)
        if verb.policed:
            from commands.deploy import pack

            pack.check(options["stack"])
        return verb.function()(**options)
    except (DeployError, ConfigurationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again: it continues.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
