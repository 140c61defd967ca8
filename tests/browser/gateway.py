"""A local server that plays the gateway, with the answers that the lab's services give."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAILURES, REFUSALS = 3, 8
"""Of GET /api/data: failures until the breaker opens, then refusals until it closes."""


@dataclass(frozen=True)
class Answer:
    """A status with a text."""

    status: int
    text: str


def payload(text: str) -> Answer:
    """What a service answers, as the lab's image writes it."""
    return Answer(200, json.dumps({"requestUID": "in:http-sid:gateway-1", "payload": text}))


def failure(service: str, error: str) -> Answer:
    """What the gateway makes of a callee's failure; a proxy's refusal has an empty ``error``."""
    told = f"downstream server [http://{service}:8080] returned error: {error}"
    return Answer(500, f"error handling http request: {told}\n")


def users(number: int) -> Answer:
    """Every tenth answer is the canary's."""
    return payload(f"products,user {'v1' if number % 10 else 'v2'}")


def data(number: int) -> Answer:
    """Failures, then an open breaker in both forms in which it shows, then answers."""
    if number <= FAILURES:
        return failure("flaky-service", "error handling http request: unlucky\n")
    if number <= FAILURES + REFUSALS:
        return Answer(503, "") if number % 2 else failure("flaky-service", "")
    return payload("lucky")


ROUTES: dict[str, Callable[[int], Answer]] = {
    "GET /api/users": users,
    "GET /api/products": lambda _: payload("products"),
    "POST /api/checkout": lambda _: payload("queued"),
    "GET /api/data": data,
}


@dataclass
class Gateway:
    """The server's port, and what it was asked. ``delay`` gives each answer's wait in seconds.

    ``broken`` breaks each connection off in place of an answer.
    """

    port: int = 0
    delay: Callable[[str, int], float] = field(default=lambda _name, _number: 0)
    broken: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, name: str, body: bytes) -> Answer:
        """The next answer to requests of this name."""
        with self.lock:
            self.asked[name] += 1
            number = self.asked[name]
            self.bodies.append(body)
        time.sleep(self.delay(name, number))
        return ROUTES[name](number) if name in ROUTES else Answer(404, "no such route")


@contextmanager
def serve(gateway: Gateway) -> Iterator[Gateway]:
    """Answer on a free port of the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = gateway.answer(f"{self.command} {self.path}", body)
            if gateway.broken:
                self.close_connection = True
                return
            text = answer.text.encode()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = handle_one  # the names that the standard library looks for

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
