"""Write a file into a merge request as a note; the one with the same mark is rewritten.

``python3 note.py FILE MARK``, in a job of a merge request, with ``$GITLAB_TOKEN``: a project access
token with the scope ``api``, since a job's own token may not write notes.
Source: https://docs.gitlab.com/api/notes/#merge-requests
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

PAGE = 100
SECONDS = 30


def main(file: Path, mark: str) -> None:
    hidden = f"<!-- {mark} -->"
    text = file.read_text(encoding="utf-8") if file.exists() else "The job broke off: see its log."
    body = {"body": f"{text}\n\n{hidden}"}
    number = find(hidden)
    if number is None:
        call("POST", "", body)
    else:
        call("PUT", f"/{number}", body)


def find(hidden: str) -> int | None:
    """The number of the note with the mark."""
    page = 1
    while True:
        notes = call("GET", f"?per_page={PAGE}&page={page}")
        for note in notes:
            if hidden in note["body"]:
                return int(note["id"])
        if len(notes) < PAGE:
            return None
        page += 1


def call(method: str, path: str, content: dict[str, str] | None = None) -> Any:
    env = os.environ
    request = Request(
        f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}"
        f"/merge_requests/{env['CI_MERGE_REQUEST_IID']}/notes{path}",
        method=method,
        data=json.dumps(content).encode() if content else None,
        headers={"PRIVATE-TOKEN": env["GITLAB_TOKEN"], "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
