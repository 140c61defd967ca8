"""Linkerd itself: CRDs, control plane, identity, extensions, and the releases they come in."""
