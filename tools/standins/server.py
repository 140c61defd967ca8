"""The plugin's process: a gRPC server on the loopback address, and when it ends."""

from __future__ import annotations

import importlib.metadata
import os
import signal
import stat
import threading
from collections.abc import Sequence
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tools.standins.resource import ResourceType
from tools.standins.servicer import Servicer

STDIN = 0
WATCH_SECONDS = 1.0
GRACE_SECONDS = 2.0
UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


def serve(package: str, resources: Sequence[ResourceType]) -> None:
    """Serve a package until the engine ends this process, or the engine itself ends.

    Prints the port as the first line of stdout, as the plugin protocol requires.
    """
    parent = os.getppid()  # before the port is printed: after that, the engine may end at any time
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=UNLIMITED)
    version = importlib.metadata.version(f"pulumi-{package}")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Servicer(package, version, resources), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    _wait(ended, parent)
    server.stop(GRACE_SECONDS).wait()


def _wait(ended: threading.Event, parent: int) -> None:
    """Wait for a signal, the end of the pipe to stdin, or the end of the parent process."""
    if _stdin_is_pipe():
        threading.Thread(target=_drain_stdin, args=(ended,), daemon=True).start()
    while not ended.wait(WATCH_SECONDS) and os.getppid() == parent:
        pass


def _stdin_is_pipe() -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(STDIN).st_mode)
    except OSError:  # closed
        return False


def _drain_stdin(ended: threading.Event) -> None:
    while os.read(STDIN, 4096):
        pass
    ended.set()
