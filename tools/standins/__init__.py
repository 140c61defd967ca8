"""Stand-ins for Pulumi's ``random`` and ``tls`` resource plugins, for the local cluster and tests.

They serve where the official plugins cannot be downloaded, and answer to the same type tokens with
the same inputs, outputs, defaults, replacements and secret marks (source of every rule: the schemas
of pulumi-random and pulumi-tls, and hashicorp/terraform-provider-random and -tls underneath).
Where the official plugin is installed, it is used and these are not.

Not covered: importing, functions (``getPublicKey``), and the resource types that a plugin's error
message says it lacks.

``server``, ``servicer`` and ``wire`` speak the plugin protocol; ``schema`` and ``resource`` hold
the life cycle that all types share; ``random_package`` (with ``strings``) and ``tls_package`` (with
``tls_inputs``, ``keys``, ``certificates`` and ``renewal``) say what the two plugins make.
"""
