"""Errors that end a command with a message and no stack trace."""

from __future__ import annotations


class DeployError(Exception):
    """The message says what is wrong and what to do."""
