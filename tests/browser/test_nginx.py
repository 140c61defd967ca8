"""How nginx serves the page and passes requests on, with the configuration that is deployed."""

from __future__ import annotations

import gzip
import urllib.request
from dataclasses import dataclass
from email.message import Message

import pytest

from tests.browser.gateway import Gateway


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes


def get(url: str, method: str = "GET", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Response(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.headers, error.read())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html"),
        ("assets/app.js", "application/javascript"),
        ("assets/app.css", "text/css"),
    ],
)
def test_files_are_compressed_and_asked_for_again_only_when_they_changed(
    url: str, path: str, kind: str
) -> None:
    answer = get(url + path, Accept_Encoding="gzip")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "no-cache"
    plain = get(url + path).body
    if len(plain) > 1024:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.body) == plain
        assert len(answer.body) < len(plain) / 2
    again = get(url + path, If_None_Match=get(url + path).headers["ETag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["", "assets/app.js", "healthz", "nowhere", "api/users"])
def test_every_answer_carries_the_security_headers(url: str, path: str) -> None:
    headers = get(url + path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] == "nginx"


def test_the_probe_needs_no_gateway(url: str, played: Gateway) -> None:
    answer = get(url + "healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert not played.asked


def test_requests_reach_the_gateway_as_they_are_and_answers_are_not_kept(
    url: str, played: Gateway
) -> None:
    answer = get(url + "api/users")
    assert answer.status == 200
    assert answer.headers.get_all("Cache-Control") == ["no-store"]
    assert get(url + "api/checkout", "POST").status == 200
    assert get(url + "api/data").status == 500
    assert played.asked == {"GET /api/users": 1, "POST /api/checkout": 1, "GET /api/data": 1}


def test_a_failed_request_is_not_sent_again(url: str, played: Gateway) -> None:
    played.broken = True
    assert get(url + "api/users").status == 502
    assert played.asked == {"GET /api/users": 1}
