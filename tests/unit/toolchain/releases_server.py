"""A local server of releases that serves, refuses, stalls, breaks off and lies."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, threading.Event], None]


@dataclass
class Server:
    """What each path answers, and what was asked for."""

    base: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def puts(self, path: str, answer: Answer) -> str:
        """The address of ``path``, which answers so."""
        self.answers[path] = answer
        return f"{self.base}/{path}"


def serves(body: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        _head(handler, len(body))
        handler.wfile.write(body)

    return answer


def refuses(code: int) -> Answer:
    return lambda handler, _: handler.send_error(code)


def hangs(_: BaseHTTPRequestHandler, ended: threading.Event) -> None:
    ended.wait()


def stalls(handler: BaseHTTPRequestHandler, ended: threading.Event) -> None:
    _head(handler, 1000)
    handler.wfile.write(b"x" * 10)
    ended.wait()


def drips(handler: BaseHTTPRequestHandler, ended: threading.Event) -> None:
    _head(handler, 10**9)
    while not ended.wait(0.02):
        handler.wfile.write(b"x")


def breaks_off(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
    _head(handler, 1000)
    handler.wfile.write(b"x" * 10)


def archive(**tools: bytes) -> bytes:
    """A ``.tar.gz`` with the files ``bin/<tool>``."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name, body in tools.items():
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return written.getvalue()


@contextmanager
def running() -> Iterator[Server]:
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            server.asked.append(path)
            answer = server.answers.get(path, refuses(404))
            try:
                answer(self, ended)
            except OSError:
                self.close_connection = True  # the client has gone

        def log_message(self, format: str, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server = Server(f"http://127.0.0.1:{http.server_port}")
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        ended.set()
        http.shutdown()


def _head(handler: BaseHTTPRequestHandler, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
