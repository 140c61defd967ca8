"""The error that this package raises for the user."""

from __future__ import annotations


class ClusterError(Exception):
    """A command on the local cluster failed. The text says what was found and what to do."""
