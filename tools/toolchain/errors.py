"""The two ways a run ends early."""

from __future__ import annotations


class ToolchainError(Exception):
    """Something the user can fix. The text says what was found and what to do."""


class Cancelled(Exception):
    """The run was interrupted, or another job failed."""
