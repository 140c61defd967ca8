"""Private keys: where they may not be, and how they may go into a chart."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings
from linkerd_policies.framework.objects import KubeObject, elements, peek
from linkerd_policies.framework.secrecy import Path, is_secret
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.secret_text import has_private_key

GROUP = "Certificates"
TAGS = ("linkerd", "identity", "security")

_CONFIG_MAP = ("", "ConfigMap")
_BUNDLE = ("trust.cert-manager.io", "Bundle")
_CHARTS = frozenset({linkerd.HELM_RELEASE, linkerd.HELM_CHART})
_READ = {_CONFIG_MAP: ("data", "binaryData"), _BUNDLE: ("spec",)}


def check_private_keys(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """A private key is in no ConfigMap or bundle, and in a chart's values as a secret only."""
    for root in _READ.get(obj.group_kind, ("values",)):
        for path, text in _texts(peek(obj.props, root), (root,)):
            if _is_key(text, encoded=root == "binaryData"):
                yield _message(obj, path)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text below ``value`` but secret Outputs in a chart's values.

    What the preview does not know is passed over: the rule looks again in ``up``, before the write.
    """
    if path[0] == "values" and is_secret(path):
        return
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from _texts(peek(value, key), (*path, key))
    else:
        for index, inner in enumerate(elements(value)):
            yield from _texts(inner, (*path, index))


def _is_key(text: str, *, encoded: bool) -> bool:
    if not encoded:
        return has_private_key(text)
    try:
        return has_private_key(base64.b64decode(text).decode("latin-1"))
    except binascii.Error:
        return False


def _message(obj: KubeObject, path: Path) -> str:
    where = ".".join(str(step) for step in path)
    if obj.group_kind in _CHARTS:
        return (
            f"Make {where} of {obj} a secret Output, or keep the key in a Secret that the chart "
            "reads: a private key would stand in the state in clear."
        )
    return (
        f"Remove the private key from {where} of {obj}: everyone who may list objects reads it "
        "there. It belongs in a Secret; and change the key, if it was ever deployed."
    )


NO_PRIVATE_KEYS = ResourceRule(
    name="linkerd-no-private-keys",
    display_name="Private keys stay secret",
    group=GROUP,
    severity=Severity.CRITICAL,
    tags=TAGS,
    description="No ConfigMap or trust Bundle holds a private key, and no chart's values do in "
    "clear.",
    why=(
        "The issuer's key makes identities: who has it is any service of the mesh. In a ConfigMap "
        "it is for everyone to read; in a chart's values it stands in Pulumi's state, in clear "
        "unless the value is a secret Output. Whether it is one, this rule knows from the engine; "
        "Helm keeps a release's values in a Secret of its own."
    ),
    remediation=(
        "Pass the key as a secret: `pulumi config set --secret`, `pulumi.Output.secret(...)`, or "
        "the output of a tls.PrivateKey, which is one."
    ),
    source="https://linkerd.io/2-edge/tasks/generate-certificates/",
    kinds=frozenset({_CONFIG_MAP, _BUNDLE, *_CHARTS}),
    check=check_private_keys,
    bad="""\
apiVersion: v1
kind: ConfigMap
metadata: {name: identity, namespace: linkerd}
data:
  issuer.key: |
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEII...
    -----END EC PRIVATE KEY-----
""",
    good="""\
apiVersion: v1
kind: ConfigMap
metadata: {name: identity, namespace: linkerd}
data:
  ca-bundle.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBiDCCAS6...
    -----END CERTIFICATE-----
""",
)

RULES = (NO_PRIVATE_KEYS,)
