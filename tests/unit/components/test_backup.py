"""The script of a backup, run by a real shell with a fake dump program."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from components.config.catalogue import containers
from components.config.catalogue.model import PostgreSQL, Redis
from components.resources.objects import Context
from components.workloads import backup
from components.workloads.engines import engine

STORES: dict[str, Redis | PostgreSQL] = {
    "redis-cli": Redis.model_validate({"kind": "redis"}),
    "pg_dump": PostgreSQL.model_validate({"kind": "postgresql", "database": "users"}),
}
KEEP = 2


def run(folder: Path, program: str, body: str) -> subprocess.CompletedProcess[str]:
    """Run the store's script once; ``body`` is what the dump program does with its file."""
    fake = folder / "bin" / program
    fake.parent.mkdir(exist_ok=True)
    fake.write_text(f'#!/bin/sh\nfor file; do :; done\nfile="${{file#--file=}}"\n{body}\n')
    fake.chmod(0o755)
    args = backup.BackupArgs(
        plan=containers.Backup.model_validate({"keep": KEEP}),
        engine=engine("db", STORES[program]),
        context=Context(namespace="apps", pod_annotations={}, native_sidecars=True),
    )
    text = backup.script(args).replace(backup.FOLDER, str(folder / "dumps"))
    env = {**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}", "HOST": "db"}
    return subprocess.run(["sh", "-c", text], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("program", STORES)
def test_the_newest_dumps_stay(tmp_path: Path, program: str) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    for day in range(1, 4):
        (dumps / f"2026010{day}T000000Z.dump").write_text(str(day))
    assert run(tmp_path, program, 'echo new > "$file"').returncode == 0
    names = sorted(file.name for file in dumps.iterdir())
    assert len(names) == KEEP
    assert names[0] == "20260103T000000Z.dump"
    assert (dumps / names[1]).read_text() == "new\n"


@pytest.mark.parametrize("program", STORES)
def test_a_failed_dump_deletes_no_old_dump(tmp_path: Path, program: str) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    (dumps / "20260101T000000Z.dump").write_text("old")
    assert run(tmp_path, program, 'echo half > "$file"; exit 3').returncode != 0
    assert [file.name for file in dumps.glob("*.dump")] == ["20260101T000000Z.dump"]
