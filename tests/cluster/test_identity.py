"""Rotation, read from the certificates that the real engine and a real API server hold."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster.checkout import Project
from tests.support.commands import EngineStack

YEAR = timedelta(days=365)
PROGRAM = """
import pulumi

from components.mesh.identity import Identity, IdentityArgs
from components.config.problems import ConfigurationError, located
from components.config.stack.settings import Linkerd
from components.config.validation import validate

linkerd, findings = validate(Linkerd, pulumi.Config().get_object("linkerd") or {})
if linkerd is None:
    raise pulumi.RunError(str(ConfigurationError(located("config", findings))))
identity = Identity("identity", IdentityArgs(settings=linkerd.identity, namespace="linkerd"))
tls = identity.values["identity"]["issuer"]["tls"]
pulumi.export("bundle", identity.values["identityTrustAnchorsPEM"])
pulumi.export("issuer", tls["crtPEM"])
pulumi.export("key", tls["keyPEM"])
pulumi.export("expiry", identity.expiry)
"""


@dataclass(frozen=True)
class Certificates:
    """The trust bundle, and the issuer with its key, as Linkerd gets them."""

    bundle: Sequence[x509.Certificate]
    issuer: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def read(cls, bundle: str, issuer: str, key: str) -> Certificates:
        private = load_pem_private_key(key.encode(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        found = x509.load_pem_x509_certificates(bundle.encode())
        return cls(found, x509.load_pem_x509_certificate(issuer.encode()), private)

    def trusts(self, issuer: x509.Certificate) -> bool:
        """Whether a proxy with this bundle accepts what the issuer signs."""
        return any(_signed(issuer, anchor) for anchor in self.bundle)

    def verify(self) -> None:
        """Everything that Linkerd asks of the certificates, at this moment."""
        now = datetime.now(UTC)
        assert self.trusts(self.issuer)
        assert self.issuer.public_key() == self.key.public_key()
        for certificate in (*self.bundle, self.issuer):
            assert certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
            extensions = certificate.extensions
            assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            assert extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
            key = certificate.public_key()
            assert isinstance(key, ec.EllipticCurvePublicKey)
            assert isinstance(key.curve, ec.SECP256R1)
            assert certificate.not_valid_after_utc - now > timedelta(days=364)


def _signed(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(anchor)
    except InvalidSignature:
        return False
    return True


class Stack(EngineStack):
    """A stack of nothing but an identity."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PROGRAM)

    def set(self, path: str, value: str, *options: str) -> None:
        """As the runbook says. A value of several lines is the command's input."""
        command = ["config", "set", "--path", f"linkerd.identity.{path}", *options]
        lines = "\n" in value
        self.run(*command, *([] if lines else [value]), text=value if lines else "").passed()

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in clear."""
        found: dict[str, Any] = json.loads(
            self.run("stack", "output", "--json", "--show-secrets").passed()
        )
        return found

    def keys(self) -> list[str]:
        """The names of the private keys that the state holds."""
        exported = json.loads(self.run("stack", "export").passed())
        kind = "tls:index/privateKey:PrivateKey"
        resources = exported["deployment"]["resources"]
        return [one["urn"].rpartition("::")[2] for one in resources if one["type"] == kind]

    def up(self) -> Certificates:
        self.run("up", "--yes", "--skip-preview").passed()
        outputs = self.outputs()
        found = Certificates.read(outputs["bundle"], outputs["issuer"], outputs["key"])
        found.verify()
        assert set(outputs["expiry"]) == {"issuer", "trustAnchors"}
        assert len(outputs["expiry"]["trustAnchors"]) == len(found.bundle)
        return found


def test_generated_certificates_rotate_and_every_proxy_is_trusted_meanwhile(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    first = stack.up()
    (anchor,) = first.bundle
    assert anchor.not_valid_after_utc - anchor.not_valid_before_utc == 10 * YEAR
    assert first.issuer.not_valid_after_utc - first.issuer.not_valid_before_utc == YEAR
    assert "PRIVATE KEY" not in stack.run("stack", "export").passed()
    stack.run("preview", "--expect-no-changes").passed()

    stack.set("issuer.generation", "2")
    reissued = stack.up()
    assert reissued.bundle == first.bundle
    assert reissued.issuer.public_key() != first.issuer.public_key()

    stack.set("trustAnchors.generation", "2")
    stack.set("trustAnchors.step", "add")
    added = stack.up()
    assert added.issuer == reissued.issuer
    assert added.bundle[0] == anchor
    assert len(added.bundle) == 2
    new_anchor = added.bundle[1]

    stack.set("trustAnchors.step", "issue")
    issued = stack.up()
    assert issued.bundle == added.bundle
    assert _signed(issued.issuer, new_anchor)
    assert not _signed(issued.issuer, anchor)
    assert issued.issuer.public_key() != added.issuer.public_key()
    assert added.trusts(issued.issuer)
    assert issued.trusts(added.issuer)

    stack.set("trustAnchors.step", "remove")
    removed = stack.up()
    assert removed.bundle == [new_anchor]
    assert removed.issuer == issued.issuer
    assert not removed.trusts(added.issuer)
    stack.run("preview", "--expect-no-changes").passed()
    assert sorted(stack.keys()) == ["identity-issuer-2-2-key", "identity-trust-anchor-2-key"]


def test_provided_pems_stay_secret(tmp_path: Path) -> None:
    made = Stack(tmp_path)
    generated = made.up()
    outputs = made.outputs()
    made.set("mode", "provided")
    made.set("trustAnchorsPem", outputs["bundle"])
    made.set("issuer.certificatePem", outputs["issuer"])
    made.set("issuer.keyPem", outputs["key"], "--secret")
    provided = made.up()
    assert provided.issuer == generated.issuer
    assert provided.bundle == generated.bundle
    key = outputs["key"].splitlines()[1]
    assert key not in (tmp_path / "Pulumi.dev.yaml").read_text()
    assert key not in made.run("stack", "export").passed()
    assert made.keys() == []


NAMESPACE = "linkerd"
ANCIENT = """
apiVersion: v1
kind: Pod
metadata:
  name: ancient
  namespace: microservices
  labels: {linkerd.io/control-plane-ns: linkerd}
  annotations: {linkerd.io/trust-root-sha256: %s}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: main}]
"""


class Mesh:
    """The identity of the platform's own mesh, configured and read."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._file = project.root / "Pulumi.local.yaml"
        self._before = self._file.read_text()
        self._linkerd = yaml.safe_load(self._before)["config"]["linkerd-platform:linkerd"]

    def configure(self, **identity: Any) -> None:
        self.project.configure(linkerd={**self._linkerd, "identity": identity})

    def up(self) -> Certificates:
        self.project.update()
        return self.read()

    def reset(self) -> None:
        """The first generation again, with new keys, in one run."""
        self.configure(rotation="at-once")
        self.up()
        self._file.write_text(self._before)

    def refused(self) -> str:
        """What a run says that changes nothing."""
        before = self.project.versions()
        run = self.project.deploy("up")
        assert run.code != 0
        assert "Traceback" not in run.output
        assert self.project.versions() == before
        return run.output

    def read(self) -> Certificates:
        roots = self.project.get("configmap", "linkerd-identity-trust-roots", "-n", NAMESPACE)
        secret = self.project.get("secret", "linkerd-identity-issuer", "-n", NAMESPACE)
        found = Certificates.read(
            roots["data"]["ca-bundle.crt"],
            base64.b64decode(secret["data"]["crt.pem"]).decode(),
            base64.b64decode(secret["data"]["key.pem"]).decode(),
        )
        found.verify()
        return found

    def bundle_hash(self) -> str:
        roots = self.project.get("configmap", "linkerd-identity-trust-roots", "-n", NAMESPACE)
        return hashlib.sha256(roots["data"]["ca-bundle.crt"].encode()).hexdigest()

    def control_plane_hashes(self) -> set[str]:
        deployments = self.project.get("deployments", "-n", NAMESPACE)["items"]
        annotations = [one["spec"]["template"]["metadata"]["annotations"] for one in deployments]
        return {one["linkerd.io/trust-root-sha256"] for one in annotations}


@pytest.fixture
def mesh(platform: Project) -> Iterator[Mesh]:
    """The mesh, which gets a first generation again at the end."""
    mesh = Mesh(platform)
    yield mesh
    mesh.reset()


def test_a_live_mesh_rotates_by_steps_only(mesh: Mesh, tmp_path: Path) -> None:
    first = mesh.read()
    assert mesh.control_plane_hashes() == {mesh.bundle_hash()}

    mesh.configure(trustAnchors={"generation": 2})
    said = mesh.refused()
    assert "trust anchors and issuer changed together" in said
    assert '`linkerd.identity.trustAnchors.step` to "add"' in said

    old_hash = mesh.bundle_hash()
    mesh.configure(trustAnchors={"generation": 2, "step": "add"})
    added = mesh.up()
    assert [*added.bundle][:1] == [*first.bundle]
    assert len(added.bundle) == 2
    assert added.issuer == first.issuer
    # Helm has restarted the control plane; the workloads are the user's to restart.
    assert mesh.control_plane_hashes() == {mesh.bundle_hash()} != {old_hash}

    mesh.configure(trustAnchors={"generation": 2, "step": "issue"})
    (tmp_path / "ancient.yaml").write_text(ANCIENT % old_hash)
    mesh.project.kubectl("apply", "-f", str(tmp_path / "ancient.yaml"))
    mesh.project.kubectl("wait", "--for=condition=Ready", "pod/ancient", "-n", "microservices")
    assert "microservices/ancient" in mesh.refused()
    mesh.project.kubectl("delete", "pod", "ancient", "-n", "microservices")
    issued = mesh.up()
    assert issued.bundle == added.bundle
    assert _signed(issued.issuer, added.bundle[1])

    mesh.configure(trustAnchors={"generation": 2, "step": "remove"})
    removed = mesh.up()
    assert removed.bundle == [added.bundle[1]]
    assert removed.issuer == issued.issuer
