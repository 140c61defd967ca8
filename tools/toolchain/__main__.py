"""``python3 -m tools.toolchain``. Parses on Python 3.6, to tell an old Python what is missing."""

import os
import sys

from tools.toolchain.prerequisites import message, missing

if __name__ == "__main__":
    lacking = missing(os.environ.get("PATH", os.defpath))
    if lacking:
        sys.exit(message(lacking))

    from tools.toolchain.cli import main

    sys.exit(main(sys.argv[1:]))
