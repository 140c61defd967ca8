"""The programs that the cluster needs: are they there, and calls of kwokctl and kubectl."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tools.cluster import environment, logs, processes
from tools.cluster.checkout import Checkout
from tools.cluster.errors import ClusterError

_PAUSE = 0.1
_KUBECTL_SECONDS = 60.0  # longer than any `wait` of ours

REQUIRED = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kwok",
    "kwokctl",
)


def check(checkout: Checkout) -> None:
    """Raises ClusterError if a program or folder that ``make tools`` provides is missing."""
    absent = [name for name in REQUIRED if not os.access(checkout.bin / name, os.X_OK)]
    if absent:
        raise ClusterError(
            f"Not found in {checkout.bin}: {', '.join(absent)}. Run `make tools` first."
        )
    if not any(checkout.gateway_api.glob("*.yaml")):
        raise ClusterError(
            f"No Gateway API CRDs (*.yaml) in {checkout.gateway_api}. Run `make tools` first."
        )


@dataclass(frozen=True, slots=True)
class Kwokctl:
    """kwokctl, which starts the components."""

    checkout: Checkout

    def create(self) -> None:
        """Creates and starts the cluster of ``checkout.config``. Writes no kubeconfig."""
        config = ["--config", str(self.checkout.config), "--kubeconfig="]
        self._run("create", "cluster", *config, seconds=60)

    def start(self) -> None:
        """Starts the components that do not run."""
        self._run("start", "cluster", seconds=20)

    def _run(self, *arguments: str, seconds: float) -> None:
        command = [str(self.checkout.bin / "kwokctl"), "--name", self.checkout.name, *arguments]
        log = self.checkout.kwokctl_log
        # A file, not a pipe: the components inherit it and run longer than kwokctl.
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    command,
                    env=environment.child(self.checkout),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            except OSError as error:
                raise _cannot_run(command[0], error) from error
        try:
            failure = self._watch(process, seconds)
        finally:
            process.kill()  # does nothing once it has ended
            process.wait()
        if failure:
            raise ClusterError(f"kwokctl {arguments[0]}: {failure}.\n{logs.tail(log)}")

    def _watch(self, process: subprocess.Popen[bytes], seconds: float) -> str:
        """Why kwokctl failed, or "". It would continue to wait for a component that has ended."""
        deadline = time.monotonic() + seconds
        while process.poll() is None:
            ended = processes.ended(self.checkout)
            if ended:
                return f"{', '.join(ended)} ended by itself"
            if time.monotonic() > deadline:
                return f"not done after {seconds:.0f} s"
            time.sleep(_PAUSE)
        return f"exit code {process.returncode}" if process.returncode else ""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl, always with this checkout's kubeconfig."""

    checkout: Checkout

    def answers(self) -> bool:
        """Whether the API server answers that it is ready."""
        return self._attempt("get", "--raw", "/readyz", "--request-timeout=2s").returncode == 0

    def version(self) -> str:
        """The API server's version, for example ``v1.35.4``."""
        answer: dict[str, str] = json.loads(self._run("get", "--raw", "/version"))
        return answer["gitVersion"]

    def exists(self, *arguments: str) -> bool:
        return self._attempt("get", *arguments, "--output=name").returncode == 0

    def apply(self, *files: Path) -> None:
        """Server-side apply: large CRDs exceed the limit of client-side apply's annotation."""
        names = [f"--filename={file}" for file in files]
        # No validation of our own files: fetching all schemas takes a second.
        self._run("apply", "--server-side", "--force-conflicts", "--validate=false", *names)

    def wait(self, condition: str, kind: str, seconds: float) -> None:
        """Waits until every object of ``kind`` has the condition; ClusterError if time runs out."""
        timeout = f"--timeout={seconds:.0f}s"
        self._run("wait", f"--for=condition={condition}", kind, "--all", timeout)

    def _run(self, *arguments: str) -> str:
        done = self._attempt(*arguments)
        if done.returncode != 0:
            raise ClusterError(f"kubectl {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def _attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.checkout.bin / "kubectl"), *arguments]
        try:
            return subprocess.run(
                command,
                env=environment.child(self.checkout),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_KUBECTL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ClusterError(
                f"kubectl {arguments[0]} got no answer in {_KUBECTL_SECONDS:.0f} s.\n"
                f"{logs.tails(self.checkout, [])}"
            ) from error
        except OSError as error:
            raise _cannot_run(command[0], error) from error


def _cannot_run(program: str, error: OSError) -> ClusterError:
    return ClusterError(f"Cannot run {program}: {error.strerror}. Run `make tools` to build it.")
