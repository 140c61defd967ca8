"""GitLab's note in a merge request: written once, rewritten afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tools import paths

NOTES = "/projects/9/merge_requests/3/notes"


class GitLab(HTTPServer):
    """The notes of one merge request, by GitLab's own API."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.notes: list[str] = []
        self.calls: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: GitLab

    def answer(self, content: object) -> None:
        self.server.calls.append(f"{self.command} {self.headers['PRIVATE-TOKEN']}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        assert url.path == NOTES
        query = {key: int(values[0]) for key, values in parse_qs(url.query).items()}
        listed = [{"id": at, "body": body} for at, body in enumerate(self.server.notes)]
        start = (query["page"] - 1) * query["per_page"]
        self.answer(listed[start : start + query["per_page"]])

    def do_POST(self) -> None:
        assert self.path == NOTES
        self.server.notes.append(self.body())
        self.answer({})

    def do_PUT(self) -> None:
        self.server.notes[int(self.path.removeprefix(f"{NOTES}/"))] = self.body()
        self.answer({})

    def body(self) -> str:
        text: str = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        return text

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
        del format, args


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    server = GitLab()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def write(gitlab: GitLab, file: Path, mark: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "CI_API_V4_URL": f"http://127.0.0.1:{gitlab.server_port}",
        "CI_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_IID": "3",
        "GITLAB_TOKEN": "glpat",
    }
    program = paths.ROOT / "examples/gitlab/note.py"
    subprocess.run([sys.executable, program, file, mark], env=environment, check=True, timeout=60)


def test_a_note_is_rewritten_even_behind_a_hundred_others(gitlab: GitLab, tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    gitlab.notes += ["other"] * 100
    file.write_text("first → one")
    write(gitlab, file, "preview-dev")
    assert gitlab.notes[100:] == ["first → one\n\n<!-- preview-dev -->"]
    file.write_text("second")
    write(gitlab, file, "preview-dev")
    write(gitlab, tmp_path / "missing", "preview-prod")
    assert gitlab.notes[:100] == ["other"] * 100
    assert gitlab.notes[100:] == [
        "second\n\n<!-- preview-dev -->",
        "The job broke off: see its log.\n\n<!-- preview-prod -->",
    ]
    assert set(gitlab.calls) == {"GET glpat", "POST glpat", "PUT glpat"}
