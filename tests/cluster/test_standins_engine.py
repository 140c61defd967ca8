"""The real engine deploys a program through the stand-in plugins; no cluster is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import paths

PULUMI = paths.BIN / "pulumi"
STANDINS = paths.ROOT / "tools" / "standins" / "bin"
SECONDS = 120
PROGRAM = """
import pulumi
import pulumi_random as random
import pulumi_tls as tls

config = pulumi.Config()
password = random.RandomPassword("password", length=24, keepers={"turn": config.require("turn")})
ca_key = tls.PrivateKey("ca", algorithm="ECDSA", ecdsa_curve="P256")
ca = tls.SelfSignedCert(
    "ca",
    private_key_pem=ca_key.private_key_pem,
    subject={"common_name": "root.linkerd.cluster.local"},
    is_ca_certificate=True,
    allowed_uses=["cert_signing", "crl_signing"],
    validity_period_hours=87600,
)
key = tls.PrivateKey("leaf", algorithm="ECDSA", ecdsa_curve="P256")
request = tls.CertRequest(
    "leaf",
    private_key_pem=key.private_key_pem,
    subject={"common_name": "identity.linkerd.cluster.local"},
)
leaf = tls.LocallySignedCert(
    "leaf",
    ca_cert_pem=ca.cert_pem,
    ca_private_key_pem=ca_key.private_key_pem,
    cert_request_pem=request.cert_request_pem,
    is_ca_certificate=True,
    allowed_uses=config.require_object("uses"),
    set_subject_key_id=True,
    validity_period_hours=48,
    early_renewal_hours=config.require_int("early"),
)
pulumi.export("password", password.result)
pulumi.export("ca_key", ca_key.private_key_pem)
pulumi.export("ca", ca.cert_pem)
pulumi.export("leaf", leaf.cert_pem)
"""


class Stack:
    """A stack of the program on a file backend of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: standins\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM)
        # A plugin on PATH comes before an installed one: here it must be the stand-in.
        path = [str(Path(sys.executable).parent), str(STANDINS), str(paths.BIN), os.environ["PATH"]]
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        self.run("stack", "init", "dev")

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PULUMI), *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def run(self, *arguments: str) -> str:
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "exited prematurely" not in done.stdout + done.stderr
        return done.stdout

    def configure(self, **values: str) -> None:
        for name, value in values.items():
            self.run("config", "set", "--path" if name == "uses[0]" else "--plaintext", name, value)

    def outputs(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json", "--show-secrets"))
        return found


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    assert PULUMI.exists(), f"{PULUMI} is missing: run `make tools`"
    made = Stack(tmp_path)
    made.configure(turn="1", early="0", **{"uses[0]": "cert_signing"})
    return made


def test_the_life_of_a_stack(stack: Stack) -> None:
    assert "+ 7 to create" in stack.run("preview")
    assert "+ 7 created" in stack.run("up", "--yes")
    first = stack.outputs()
    assert len(first["password"]) == 24

    unchanged = stack.run("preview", "--expect-no-changes")
    assert "7 unchanged" in unchanged
    assert "7 unchanged" in stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    exported = stack.run("stack", "export")
    assert first["ca"].strip().splitlines()[1] in exported
    for secret in (first["password"], first["ca_key"].splitlines()[1], "PRIVATE KEY"):
        assert secret not in exported

    stack.configure(turn="2")
    assert "+-1 replaced" in stack.run("up", "--yes")
    second = stack.outputs()
    assert second["password"] != first["password"]
    assert second["ca"] == first["ca"]

    stack.configure(early="48")
    assert "+-1 to replace" in stack.run("preview", "--diff")
    stack.configure(early="0", **{"uses[0]": "sign"})
    refused = stack.attempt("up", "--yes")
    assert refused.returncode != 0
    assert "allowedUses[0]" in refused.stdout
    assert "'sign'; supported here: cert_signing, crl_signing" in refused.stdout
    assert "pulumi plugin install resource tls" in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr

    stack.configure(**{"uses[0]": "cert_signing"})
    assert "- 7 deleted" in stack.run("destroy", "--yes", "--skip-preview")
    assert not json.loads(stack.run("stack", "export"))["deployment"].get("resources")
