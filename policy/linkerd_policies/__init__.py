"""CrossGuard rules for every Pulumi program that deploys into a Linkerd cluster.

Nothing here starts a server or reads a file at import: ``policy/__main__.py`` serves the pack.
"""
