"""A Prometheus on a loopback port, and an API server in front of it, as far as the gate sees them.

The answers have the shape that https://prometheus.io/docs/prometheus/latest/querying/api/ shows.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

TOKEN = "the-token-of-the-kubeconfig"
PODS = "/api/v1/namespaces/linkerd-viz/pods"
POD = f"{PODS}/prometheus-0"
REFUSAL = {"kind": "Status", "status": "Failure", "message": "not for you", "code": 403}
Answer = tuple[int, Any]

SCRAPER = {"serviceAccount": "prometheus", "namespace": "monitoring"}
"""The identity of a Prometheus that is not viz's own."""


def vector(*samples: tuple[Mapping[str, str], str]) -> Answer:
    """A successful answer with these labels and values."""
    result = [{"metric": dict(labels), "value": [1763900000.123, text]} for labels, text in samples]
    return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}


def traffic(**deployments: tuple[float, float]) -> Callable[[str], Answer]:
    """Answers about deployments with so many successes and failures; each answer takes 12.5 ms."""
    known = {name.replace("_", "-"): numbers for name, numbers in deployments.items()}

    def answer(query: str) -> Answer:
        (name,) = set(re.findall(r'dst_deployment="([^"]+)"', query))
        good, bad = known.get(name, (0.0, 0.0))
        values = {"requests": good + bad, "failures": bad}
        if name in known:
            values |= dict.fromkeys(("0.5", "0.95", "0.99"), 12.5)
        return vector(*(({"measured": each}, str(number)) for each, number in values.items()))

    return answer


@dataclass
class Server:
    """What was asked, and how it is answered.

    ``pods`` are those of viz's Prometheus; ``forwards`` says whether the client may forward a port.
    """

    port: int
    answer: Callable[[str], Answer]
    forwards: bool = True
    queries: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    pods: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"metadata": {"name": "prometheus-0"}, "status": {"phase": "Running"}}
        ]
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kubeconfig(self, folder: Path) -> Path:
        """A kubeconfig by which this server is the cluster's API server."""
        entry = {"cluster": "c", "user": "u"}
        document = {
            "current-context": "x",
            "contexts": [{"name": "x", "context": entry}],
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
        }
        file = folder / "kubeconfig"
        file.write_text(yaml.safe_dump(document))
        return file


@contextmanager
def serving(answer: Callable[[str], Answer]) -> Iterator[Server]:
    """A server with these answers, until the block ends."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    state = Server(port=http.server_address[1], answer=answer)
    http.state = state  # type: ignore[attr-defined]  # how http.server hands state to a handler
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        state: Server = self.server.state  # type: ignore[attr-defined]  # see above
        parts = urlsplit(self.path)
        state.paths.append(parts.path)
        state.tokens.add(self.headers.get("Authorization"))
        if parts.path == PODS:
            self._send(200, {"kind": "PodList", "apiVersion": "v1", "items": state.pods})
        elif parts.path == f"{POD}/portforward":
            self._forward(state) if state.forwards else self._send(403, REFUSAL)
        else:
            self._send(*_answered(state, parts.query))

    def _send(self, status: int, body: Any) -> None:
        self.wfile.write(_response(status, body))
        self.close_connection = True

    def _forward(self, state: Server) -> None:
        """Play the kubelet: https://kubernetes.io/docs/reference/using-api/ (v4.channel.k8s.io)."""
        self.close_connection = True
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accepted = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.wfile.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n"
            f"Sec-WebSocket-Accept: {accepted}\r\n\r\n".encode()
        )
        for channel in (0, 1):
            self.wfile.write(_frame(bytes([channel]) + struct.pack("<H", 9090)))
        request = b""
        while b"\r\n\r\n" not in request:
            request += _payload(self.rfile)[1:]
        target = request.split(b" ")[1].decode()
        status, body = _answered(state, urlsplit(target).query)
        self.wfile.write(_frame(b"\x00" + _response(status, body)))
        _payload(self.rfile)  # the client closes


def _answered(state: Server, query: str) -> Answer:
    state.queries += parse_qs(query)["query"]
    return state.answer(state.queries[-1])


def _response(status: int, body: Any) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def _frame(payload: bytes) -> bytes:
    """An unmasked binary frame: https://www.rfc-editor.org/rfc/rfc6455#section-5.2"""
    size = len(payload)
    head = bytes([0x82, size]) if size < 126 else b"\x82\x7e" + struct.pack(">H", size)
    return head + payload


def _payload(stream: BufferedIOBase) -> bytes:
    head = stream.read(2)
    if len(head) < 2:
        return b""
    size = head[1] & 0x7F
    if size == 126:
        size = int(struct.unpack(">H", stream.read(2))[0])
    mask = stream.read(4)
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(stream.read(size)))
