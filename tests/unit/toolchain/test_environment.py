"""The virtual environment: made with uv, and with pip where uv cannot do it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain import environment
from tools.toolchain.commands import Commands

PIN = "uv==0.0.0 \\\n    --hash=sha256:" + 64 * "0" + "\n"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"PIP_INDEX_URL": "https://a/simple"}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        ({"PIP_EXTRA_INDEX_URL": "https://a https://b"}, {"UV_INDEX": "https://a https://b"}),
        ({"PIP_FIND_LINKS": "/wheels"}, {"UV_FIND_LINKS": "/wheels"}),
        ({"PIP_CERT": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"PIP_TRUSTED_HOST": "a"}, {"UV_INSECURE_HOST": "a"}),
        ({"PIP_TIMEOUT": "5"}, {}),
    ],
)
def test_uv_asks_where_pip_would(settings: dict[str, str], expected: dict[str, str]) -> None:
    nothing = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull}
    assert environment.uv_settings(sys.executable, {**nothing, **settings}) == expected


def test_pip_installs_where_uv_cannot_be_had(tmp_path: Path) -> None:
    places = sample.write(tmp_path)
    (places.root / "requirements-audit.txt").write_text(PIN)
    (places.venv / environment.STAMP).unlink()
    settings = {**os.environ, "PIP_NO_INDEX": "1"}
    environment.make(places, Commands(), settings, lambda *_: None)
    log = (places.local / "venv.log").read_text()
    _, _, second = log.partition("No matching distribution found for uv==0.0.0\n")
    assert "-m pip install" in second
    assert environment.ready(places)
