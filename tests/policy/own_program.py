"""What the pack says to the program's own resources, as the mocks record them."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any
from unittest import mock

from commands.render.program import Registration
from linkerd_policies.reading import x509_checks
from tests.policy.support import Config, Pack
from tests.unit.components import program
from tests.unit.mesh.authority import NOW, make

_ROOT = make()
_ISSUER = make("issuer", by=_ROOT)


def judged(outcome: program.Outcome, config: Config | None = None) -> Counter[str]:
    """How often each rule has something to say, notes included."""
    found = [r for r in outcome.registered if r.type.startswith("kubernetes:")]
    inputs, types = [_certified(r) for r in found], [r.type for r in found]
    assert len(inputs) > 30
    with mock.patch.object(x509_checks, "utc_now", return_value=NOW):
        pack = Pack(config)
        answers = [pack.resource(*one) for one in zip(inputs, types, strict=True)]
        answers.append(pack.stack(inputs, types))
    said = [one for answer in answers for one in answer.diagnostics]
    for one in said:
        print(one.message)
    return Counter(one.policyName for one in said)


def _certified(found: Registration) -> dict[str, Any]:
    """The inputs, with real certificates in place of the ones of the mocks."""
    inputs = copy.deepcopy(found.inputs)
    if found.name == "linkerd-control-plane":
        values = inputs["values"]
        assert values["identityTrustAnchorsPEM"] == "generated-certificate"
        values["identityTrustAnchorsPEM"] = _ROOT.pem
        values["identity"]["issuer"]["tls"]["crtPEM"] = _ISSUER.pem
    return inputs
