"""A Secret from the stack's secret config."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.resources.objects import Context

_SALT_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSecretArgs:
    """The values by key, in plain text. The component marks them as secret for Pulumi."""

    context: Context
    values: Mapping[str, str]


class StackSecret(pulumi.ComponentResource):
    """The Secret called ``name``, and a ``checksum`` that changes with it but reveals nothing.

    The checksum is keyed with a random salt that only the state holds, encrypted: a short value
    cannot be guessed from it.
    """

    checksum: pulumi.Output[str]

    def __init__(
        self, name: str, args: StackSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the Secret."""
        super().__init__("platform:workloads:StackSecret", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        salt = random.RandomPassword(
            f"{name}-salt", length=_SALT_LENGTH, special=False, opts=child
        ).result
        k8s.core.v1.Secret(
            name,
            metadata=args.context.metadata(name),
            string_data={key: pulumi.Output.secret(text) for key, text in args.values.items()},
            opts=child,
        )
        self.checksum = pulumi.Output.unsecret(
            salt.apply(lambda key: keyed_checksum(key, args.values))
        )
        self.register_outputs({"checksum": self.checksum})


def keyed_checksum(key: str, values: Mapping[str, str]) -> str:
    """Sixteen hexadecimal digits that change with the values."""
    content = json.dumps(dict(values), sort_keys=True)
    return hmac.new(key.encode(), content.encode(), hashlib.sha256).hexdigest()[:16]
