"""Hygiene: how a program installs the mesh, and how its proxies run."""

from linkerd_policies.rules.hygiene import install, namespaces, proxies

RULES = (
    *install.RULES,
    *namespaces.RULES,
    *proxies.RULES,
)
