"""The pack's process and the engine's."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from linkerd_policies.framework import lifetime
from tools import paths

PROGRAM = """
import sys, time
from linkerd_policies.framework.lifetime import end_with_engine
end_with_engine(sys.argv[1:], seconds=0.05)
print("watches", flush=True)
time.sleep(60)
"""


def test_it_ends_with_the_engine_and_not_before() -> None:
    with socket.create_server(("127.0.0.1", 0)) as engine:
        address = "{}:{}".format(*engine.getsockname())
        command = [sys.executable, "-c", PROGRAM, "--logflow", address, "."]
        process = subprocess.Popen(
            command, cwd=paths.ROOT / "policy", stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "watches\n"
            for _ in range(3):  # it looks again and again
                engine.accept()[0].close()
            assert process.poll() is None
            engine.close()
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            process.communicate()


def test_without_an_address_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a thread was started")

    monkeypatch.setattr("threading.Thread", refused)
    lifetime.end_with_engine(["-q", "tests/policy::test_x", "."])
