"""A second checkout of this project in a folder of its own, driven as a user would drive it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.commands import Run as Run
from tools import paths

PROGRAM = (
    "Pulumi.yaml",
    "Pulumi.local.yaml",
    "__main__.py",
    "services.yaml",
    "openapi",
    "commands",
    "components",
    "policy",
    "frontend",
    "examples",
    "tools",
)
LINKED = (".venv", ".local/bin", ".local/charts", ".local/gateway-api", ".local/toolchain.json")
SECONDS = 600  # of one command, on a busy machine
STRIPE_KEY = "sk_live_never_in_clear_4242"
UPDATE = """
import sys
from commands.deploy import pack, session, stack
from commands.reports import files
engine = session.prepared(stack.find("local"))
options = [*pack.options(engine.stack), "--yes", "--skip-preview", "--suppress-outputs"]
with files.event_log() as log:
    sys.exit(engine.run("up", *options, log=log)[0])
"""


@dataclass(frozen=True)
class Project:
    """The copy. Its cluster, state and config are its own; the built tools are shared."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> Project:
        root.mkdir()
        for name in PROGRAM:
            source = paths.ROOT / name
            ignore = shutil.ignore_patterns("__pycache__", "modules", "node_modules")
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=ignore)
            else:
                shutil.copy(source, root / name)
        (root / ".local").mkdir()
        for name in LINKED:
            (root / name).symlink_to(paths.ROOT / name)
        return cls(root=root)

    @property
    def kubeconfig(self) -> Path:
        return self.root / ".local" / "kubeconfig"

    @property
    def namespace(self) -> str:
        return "microservices"

    def start(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return self._start("-m", module, *arguments)

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start Python in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "140"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def deploy(self, *arguments: str) -> Run:
        """What ``make up``, ``make preview`` and ``make down`` run."""
        return self._run("-m", "commands", *arguments)

    def script(self, text: str) -> Run:
        """Run a few lines of Python on the copy's own modules."""
        return self._run("-c", text)

    def update(self) -> None:
        """Deploy what the files say, with the policy pack, by the engine's update alone.

        Half of the time of ``make up``, which has the engine preview everything before. For tests
        of what the cluster holds afterwards, and to undo what a test did.
        """
        self.script(UPDATE).passed()

    def _run(self, *arguments: str) -> Run:
        """Run Python, and write what it printed into the log."""
        start = time.monotonic()
        process = self._start(*arguments)
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            self._log(arguments, f"killed after {SECONDS} s", output)
            raise
        seconds = time.monotonic() - start
        self._log(arguments, f"exit code {process.returncode} after {seconds:.1f} s", output)
        return Run(code=process.returncode, output=output)

    def engine_output(self, command: str) -> str:
        """What the engine itself said in the last run of its command, such as ``preview``."""
        return (self.root / ".local" / "logs" / f"{command}-local.log").read_text()

    def _log(self, arguments: Sequence[str], end: str, output: str) -> None:
        """Write a command's output down; pytest shows the printed line if the test fails."""
        command = shlex.join(arguments).partition("\n")[0]
        log = self.root.parent / "commands.log"
        with log.open("a") as file:
            file.write(f"$ python {command}\n{output}\n# {end}\n\n")
        print(f"python {command}: {end}; its output is in {log}")

    def start_cluster(self) -> None:
        """Start the copy's cluster, with nothing deployed."""
        self._run("-m", "tools.cluster", "up").passed()

    def remove_cluster(self) -> None:
        """Remove the cluster. The logs of its components stay beside the copy."""
        for logs in self.root.glob(".local/cluster/clusters/*/logs"):
            shutil.copytree(logs, self.root.parent / "cluster-logs", dirs_exist_ok=True)
        self._run("-m", "tools.cluster", "down")
        # What an engine leaves running that was killed: the server of the policy pack.
        subprocess.run(["pkill", "-KILL", "-f", str(self.root)], check=False)

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl on the copy's cluster; raises if it fails."""
        command = [str(paths.BIN / "kubectl"), "--kubeconfig", str(self.kubeconfig), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def get(self, *arguments: str) -> Any:
        """The object, or list of objects, that ``kubectl get`` finds."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def items(self, kinds: str) -> list[dict[str, Any]]:
        """The namespace's objects of these kinds."""
        found: list[dict[str, Any]] = self.get(kinds, "-n", self.namespace)["items"]
        return found

    def configure(self, **values: Any) -> None:
        """Set keys of the local stack's config; a value of ``None`` removes the key."""
        file = self.root / "Pulumi.local.yaml"
        document = yaml.safe_load(file.read_text())
        for key, value in values.items():
            document["config"][f"linkerd-platform:{key}"] = value
            if value is None:
                del document["config"][f"linkerd-platform:{key}"]
        file.write_text(yaml.safe_dump(document))

    def secret_config(self, key: str, value: str) -> dict[str, Any]:
        """What ``pulumi config set --secret --path`` writes for a key of the local stack.

        Returns the stack's config with the value encrypted, its keys without the project's name.
        """
        file = self.root / ".local/Pulumi.local.yaml"
        local = self.root / ".local"
        environment = {
            **os.environ,
            "PATH": f"{paths.BIN}:{os.environ['PATH']}",
            "PULUMI_HOME": str(local / "pulumi"),
            "PULUMI_BACKEND_URL": (local / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(local / "passphrase"),
        }
        command = ["pulumi", "config", "set", "--secret", "--path", f"linkerd-platform:{key}"]
        options = ["--stack", "local", "--config-file", str(file)]
        subprocess.run(
            [*command, value, *options], cwd=self.root, env=environment, check=True, timeout=60
        )
        config = yaml.safe_load(file.read_text())["config"]
        return {key.removeprefix("linkerd-platform:"): entry for key, entry in config.items()}

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file of the copy, which has to hold it."""
        file = self.root / name
        text = file.read_text()
        assert old in text, f"{name} no longer holds {old!r}"
        file.write_text(text.replace(old, new))

    def versions(self) -> dict[str, str]:
        """Every object of the platform with its resource version: what a change moves."""
        kinds = (
            "namespaces,deployments,statefulsets,services,serviceaccounts,secrets,configmaps,"
            "cronjobs,persistentvolumeclaims,poddisruptionbudgets,horizontalpodautoscalers,"
            "serviceprofiles,trafficsplits,httproutes.gateway.networking.k8s.io,"
            "servers.policy.linkerd.io,authorizationpolicies,crds"
        )
        listed = self.get(kinds, "-A")["items"]
        return {
            f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": (
                item["metadata"].get("generation") or item["metadata"]["resourceVersion"]
            )
            for item in listed
        }


@contextmanager
def configured(project: Project, **values: Any) -> Iterator[None]:
    """Change keys of the local stack's config until the block ends."""
    file = project.root / "Pulumi.local.yaml"
    before = file.read_text()
    project.configure(**values)
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def edited(project: Project, name: str, old: str, new: str) -> Iterator[None]:
    """Replace a text in a file of the copy until the block ends."""
    before = (project.root / name).read_text()
    project.edit(name, old, new)
    try:
        yield
    finally:
        (project.root / name).write_text(before)
