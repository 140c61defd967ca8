"""Facts about Linkerd, without Pulumi: releases, certificates, policies, paths and metrics.

``shared`` is generated from the policy pack, which knows the same facts.
"""
