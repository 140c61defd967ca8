"""Runs rules over samples with Prometheus's own ``promtool test rules``."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.observability.files import RuleFile

DATA = Path(__file__).parent / "data"
FIRING = 'group by (alertname) (ALERTS{alertstate="firing"})'


def program(name: str) -> str:
    """Where a program of Prometheus is; raises if it is not installed."""
    found = shutil.which(name)
    assert found is not None, f"{name} is missing: apt-get install prometheus"
    return found


def check(files: Iterable[RuleFile], folder: Path) -> str:
    """What ``promtool check rules`` says. An empty text means that it finds nothing wrong."""
    paths = _written(files, folder)
    done = subprocess.run(
        [program("promtool"), "check", "rules", *map(str, paths)], capture_output=True, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Series with their samples in promtool's notation, one every ``interval`` seconds."""

    series: Mapping[str, str]
    interval: int = 60

    def renamed(self, old: str, new: str) -> Samples:
        """The same with another name of a metric or label."""
        word = re.compile(rf"\b{re.escape(old)}\b(?==|\{{)")
        found = {word.sub(new, name): values for name, values in self.series.items()}
        return Samples(series=found, interval=self.interval)


def firing(
    files: Iterable[RuleFile],
    samples: Samples,
    expected: Mapping[int, Iterable[str]],
    folder: Path,
    query: str = FIRING,
    label: str = "alertname",
) -> str:
    """Compare what fires with what should: alerts by the second at which they do.

    Returns an empty text if all is as expected, and else what promtool says.
    """
    queries = [
        {
            "expr": query,
            "eval_time": f"{second}s",
            "exp_samples": [
                {"labels": f'{{{label}="{name}"}}', "value": 1} for name in sorted(names)
            ],
        }
        for second, names in expected.items()
    ]
    document: dict[str, Any] = {
        "rule_files": [path.name for path in _written(files, folder)],
        "evaluation_interval": f"{samples.interval}s",
        "tests": [
            {
                "interval": f"{samples.interval}s",
                "input_series": [
                    {"series": name, "values": values} for name, values in samples.series.items()
                ],
                "promql_expr_test": queries,
            }
        ],
    }
    test = folder / "test.yml"
    test.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper), encoding="utf-8")
    done = subprocess.run(
        [program("promtool"), "test", "rules", test.name],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _written(files: Iterable[RuleFile], folder: Path) -> Sequence[Path]:
    paths = []
    for file in files:
        path = folder / file.file
        path.write_text(file.text, encoding="utf-8")
        paths.append(path)
    return paths


def recorded() -> Samples:
    """What the proxies of the lab's catalogue exposed on release 2.20: see ``data/README.md``.

    Times count from the start of the recording, as promtool's do.
    """
    text = gzip.decompress((DATA / "recorded-2.20.txt.gz").read_bytes()).decode()
    first, *lines = text.splitlines()
    start = int(first.removeprefix("# from "))
    found = {}
    for line in lines:
        name, _, values = line.rpartition("} ")
        if "time_seconds{" in line or "timestamp_seconds{" in line:
            values = re.sub(r"(?<![\w.+])(\d+(\.\d+)?)", lambda v: _since(v[1], start), values)
        found[name + "}"] = values
    return Samples(series=found, interval=10)


def _since(value: str, start: int) -> str:
    # A time of zero means never.
    return value if float(value) == 0 else f"{float(value) - start:.3f}"
