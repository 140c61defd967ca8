"""The one error this package raises on purpose."""

from __future__ import annotations


class ClusterError(Exception):
    """The local cluster cannot do what was asked; the text says what was found and what to do."""
