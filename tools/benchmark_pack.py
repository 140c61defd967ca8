"""``make policy-benchmark``: what the policy pack adds to a preview of 1,000 resources.

The real engine previews a generated program against the local cluster, alternately without and
with the pack. As for users, the API server does a dry run of each object. Prints the medians and
their difference. With ``--files`` the provider renders YAML without an API server, the cheapest
kind of resource. With ``--empty``, a pack of one empty rule on the SDK's server is measured too.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import paths
from tools.benchmark_program import PER_SERVICE, PROGRAM
from tools.cluster import api

LIMIT = 0.15
"""The share of a preview's time that the pack may add."""

RESOURCES = 1000
NAMESPACE = "policy-benchmark"
EMPTY_PACK = """\
from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack(name="empty", policies=[ResourceValidationPolicy(
    name="nothing", description="Finds nothing.", validate=lambda args, report_violation: None)])
"""


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 1 when the pack adds more than :data:`LIMIT`."""
    parser = argparse.ArgumentParser(prog="tools.benchmark_pack")
    parser.add_argument("--rounds", type=int, default=5, help="previews of each kind (5)")
    parser.add_argument("--files", action="store_true", help="render YAML, without an API server")
    parser.add_argument("--empty", action="store_true", help="measure an empty pack as well")
    options = parser.parse_args(arguments)
    kubeconfig = None if options.files else api.up().kubeconfig
    with tempfile.TemporaryDirectory() as folder:
        project = _Project(Path(folder), kubeconfig)
        packs = {"without a pack": (), "with this pack": project.pack(paths.ROOT / "policy")}
        if options.empty:
            packs["with an empty pack"] = project.pack(project.empty_pack())
        with project.namespace():
            project.preview()  # fills the caches of the file system
            runs = [
                {name: project.preview(*pack) for name, pack in packs.items()}
                for _ in range(options.rounds)
            ]
    return _report({name: _median([run[name] for run in runs]) for name in packs}, options.rounds)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a preview took, in seconds: wall time, and processor time of all processes."""

    wall: float
    processor: float

    def __str__(self) -> str:
        """Both, wall time first."""
        return f"{self.wall:6.2f} s, {self.processor:6.2f} s of processors"


def _median(runs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(run.wall for run in runs),
        statistics.median(run.processor for run in runs),
    )


def _report(costs: Mapping[str, Cost], rounds: int) -> int:
    without, ours, *_ = costs.values()
    print(f"Preview of {RESOURCES} resources, medians of {rounds}; of time, {LIMIT:.0%} at most:")
    for name, cost in costs.items():
        shares = cost.wall / without.wall - 1, cost.processor / without.processor - 1
        print(f"  {name:20}{cost}  ({shares[0]:+.1%}, {shares[1]:+.1%})")
    return 0 if ours.wall / without.wall - 1 <= LIMIT else 1


class _Project:
    """A Pulumi project with a state of its own; ``kubeconfig`` is ``None`` to render YAML."""

    def __init__(self, folder: Path, kubeconfig: Path | None) -> None:
        self._folder = folder
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: benchmark\nruntime: python\n", encoding="utf-8")
        names = f"SERVICES = {RESOURCES // PER_SERVICE}\nNAMESPACE = {NAMESPACE!r}\n"
        (folder / "__main__.py").write_text(names + PROGRAM, encoding="utf-8")
        self._in_cluster = kubeconfig is not None
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        self._environment = {
            **kept,
            "PATH": os.pathsep.join(
                (str(Path(sys.executable).parent), str(paths.BIN), os.environ["PATH"])
            ),
            "KUBECONFIG": str(kubeconfig or ""),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._pulumi("stack", "init", "dev")

    @staticmethod
    def pack(folder: Path) -> tuple[str, str]:
        """The options of a preview with the pack in ``folder``."""
        return "--policy-pack", str(folder)

    def empty_pack(self) -> Path:
        """A pack that checks nothing, served by the SDK."""
        folder = self._folder / "empty"
        folder.mkdir()
        (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n", "utf-8")
        (folder / "__main__.py").write_text(EMPTY_PACK, encoding="utf-8")
        return folder

    @contextmanager
    def namespace(self) -> Iterator[None]:
        """Create the namespace for the time of the block: a dry run in it needs it."""
        if not self._in_cluster:
            yield
            return
        target = f"urn:pulumi:dev::benchmark::kubernetes:core/v1:Namespace::{NAMESPACE}"
        try:
            self._pulumi("up", "--yes", "--stack", "dev", "--target", target)
            yield
        finally:
            self._pulumi("destroy", "--yes", "--stack", "dev")

    def preview(self, *options: str) -> Cost:
        """Preview the program; returns what it took."""
        start, used = time.monotonic(), _processor_seconds()
        self._pulumi("preview", "--stack", "dev", "--suppress-progress", *options)
        return Cost(time.monotonic() - start, _processor_seconds() - used)

    def _pulumi(self, *arguments: str) -> None:
        subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _processor_seconds() -> float:
    """Processor time of all child processes that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
