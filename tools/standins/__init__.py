"""Stand-ins for Pulumi's official ``random`` and ``tls`` resource plugins.

The local cluster and the tests use them where the official plugins cannot be downloaded. An
installed official plugin is always preferred.

They serve what this project's programs use and nothing else:

- ``random``: ``RandomPassword`` with ``length``, ``special`` and ``keepers``;
- ``tls``: ``PrivateKey`` (ECDSA P-256), and ``CertRequest``, ``SelfSignedCert`` and
  ``LocallySignedCert`` for certificate authorities that are named by their common name.

For these, type tokens, inputs, outputs, defaults, replacements and secret marks are those of the
official plugins, so that an official plugin can take over the state. Sources: the schemas of
pulumi-random and pulumi-tls, and hashicorp/terraform-provider-random and -tls underneath. Any other
type, input or value is refused with a message that names the official plugin to install.

``server``, ``servicer`` and ``wire`` speak the plugin protocol. ``schema`` checks inputs, and
``resource`` holds the life cycle that all types share. ``random_package`` and ``tls_package`` (with
``certificates`` and ``renewal``) define the types.
"""
