"""``python -m tools.cluster up|down|status``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

from tools.cluster import api


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns 0, or 1 if it failed or not everything runs (``status``)."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.cluster", description="The local Kubernetes cluster of this checkout."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (help_text, _) in _COMMANDS.items():
        commands.add_parser(name, help=help_text)
    chosen = parser.parse_args(arguments).command
    try:
        return _COMMANDS[chosen][1]()
    except (api.ClusterError, OSError) as error:  # OSError: a full or read-only disk
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. `make cluster` continues from here, `make cluster-down` cleans up.")
        return 130


def _up() -> int:
    start = time.monotonic()
    info = api.up(_report)
    _report(f"Ready in {time.monotonic() - start:.1f} s. To use it:")
    print(f"export KUBECONFIG={info.kubeconfig}")
    return 0


def _down() -> int:
    api.down(_report)
    return 0


def _status() -> int:
    found = api.status()
    print(f"state    {found.state}")
    if found.info:
        print(f"server   {found.info.server}")
        print(f"version  {found.info.kubernetes_version or 'unknown'}")
        print(f"services {found.info.service_cidr}")
        print(f"config   {found.info.kubeconfig}")
        print(f"logs     {found.info.logs}")
    if found.state == "broken":
        print(f"missing  {', '.join(found.missing) or 'none, but the API server is not ready'}")
    return 0 if found.state == "running" else 1


def _report(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # The reader is gone (`| head`). That must not stop the work half-way.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_COMMANDS: dict[str, tuple[str, Callable[[], int]]] = {
    "up": ("create the cluster, or repair it; does nothing if it runs", _up),
    "down": ("stop its processes and remove its files", _down),
    "status": ("show what runs (exit code 1 unless everything does)", _status),
}

if __name__ == "__main__":
    sys.exit(main())
