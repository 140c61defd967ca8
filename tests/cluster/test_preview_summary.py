"""The reviewer's summary of real previews: what each kind of change is told as."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.cluster.checkout import SECONDS, Project, configured
from tests.cluster.preview_scenarios import scenario

NOTHING, CHANGES, REFUSED = 0, 2, 3
STRIPE_KEY = "sk_live_not_in_a_summary_4242"


def preview(project: Project, code: int, *options: str) -> tuple[dict[str, Any], str]:
    """The summary of a preview that ends with that code, and all that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "commands", "preview", "--format", "json", *options],
        cwd=project.root,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == code, done.stderr[-3000:] + done.stdout[-3000:]
    return json.loads(done.stdout), done.stdout + done.stderr


def rows(summary: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Everything that is told, with its operation and place."""
    return {
        (change["operation"], change["where"], told["text"])
        for change in summary["changes"]
        for told in change["what"]
    }


def test_nothing_changes(platform: Project) -> None:
    summary, _ = preview(platform, NOTHING, "--exit-code")
    assert summary["result"] == "nothing"
    assert summary["changes"] == summary["policies"]["violations"] == []
    assert summary["counts"]["unchanged"] > 90
    assert summary["policies"]["rules"] > 10


def test_canary_replicas_timeouts_and_certificate(platform: Project, tmp_path: Path) -> None:
    with ExitStack() as stack:
        for name in ("canary", "image", "timeouts", "certificate"):
            stack.enter_context(scenario(platform, name))
        out = ("--out", str(tmp_path))
        summary, printed = preview(platform, CHANGES, "--exit-code", *out)
    assert rows(summary) == {
        ("update", "user-service", "canary user-service-v2 10 → 25 %"),
        ("update", "notification-service", "replicas 2 → 4"),
        ("update", "notification-service", "image buoyantio/bb v0.0.6 → v0.0.7"),
        ("update", "user-service", "route GET /api/users/{id}: timeout 500 ms → 1 s"),
        ("update", "payment-service", "route POST /api/charge: timeout 12 s → 20 s"),
        ("update", "flaky-service", "circuit breaker opens after 3 → 7 failures"),
        ("replace", "certificates", "certificate rotates: issuer 1-1 → 1-2, with a new key"),
        ("update", "linkerd-control-plane", "gets the new certificates, and its pods restart"),
    }
    assert summary["changes"][0]["lost"]["text"].startswith("the old key")
    written = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert written.keys() == {"summary.md", "summary.json", "full-diff.txt"}
    assert json.loads(written["summary.json"]) == summary
    assert "weight: 100 => 250" in written["full-diff.txt"]
    assert "canary user-service-v2 10 → 25 %" in written["summary.md"]
    assert "weight: 100 => 250" in written["summary.md"]
    for text in (*written.values(), printed):
        assert "PRIVATE KEY" not in text


def test_a_replacement_comes_first_and_shows_no_secret(platform: Project, tmp_path: Path) -> None:
    before = (platform.root / "Pulumi.local.yaml").read_text()
    secrets = platform.secret_config('secrets["stripe-credentials"]["api-key"]', STRIPE_KEY)
    values = {"secrets": secrets["secrets"], "stores": {"user-db": {"passwordGeneration": 2}}}
    with configured(platform, **values):
        summary, printed = preview(platform, 0, "--out", str(tmp_path))
    assert (platform.root / "Pulumi.local.yaml").read_text() == before
    assert [change["operation"] for change in summary["changes"]] == ["replace"] + ["update"] * 5
    assert rows(summary) == {
        ("update", "stripe-credentials", "keys change: api-key"),
        ("replace", "user-db", "a new password is generated"),
        ("update", "user-db", "its content changes"),
        ("update", "payment-service", "pods restart to read stripe-credentials again"),
        ("update", "user-db", "pods restart to read user-db-credentials again"),
        ("update", "user-service", "pods restart to read user-db-credentials again"),
    }
    password = platform.get("secret", "user-db-credentials", "-n", platform.namespace)["data"]
    hidden = [STRIPE_KEY, base64.b64encode(STRIPE_KEY.encode()).decode(), *password.values()]
    hidden += [base64.b64decode(value).decode() for value in password.values()]
    for text in (printed, *(file.read_text() for file in tmp_path.iterdir())):
        assert not [secret for secret in hidden if secret in text]


def test_a_violation_stops_the_preview_with_the_rules_own_words(platform: Project) -> None:
    with scenario(platform, "violation"):
        summary, _ = preview(platform, REFUSED)
    assert summary["result"] == "refused"
    (violation,) = summary["policies"]["violations"]
    assert violation["rule"] == "linkerd-control-plane-strict-mtls"
    assert violation["object"] == "Release linkerd-control-plane"
    assert violation["stops"]
    assert "defaultInboundPolicy" in violation["message"]
    (change,) = summary["changes"]
    assert change["what"][0]["mark"] == "security"
    assert summary["errors"] == []


def test_a_bigger_store_is_refused_with_its_way_on(platform: Project) -> None:
    with scenario(platform, "replacement"):
        summary, _ = preview(platform, 1)
    assert summary["changes"] == []
    (error,) = summary["errors"]
    assert "stores.user-db.storage" in error
    assert "20Gi" in error
    assert "--cascade=orphan" in error
