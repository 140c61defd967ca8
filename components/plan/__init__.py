"""Decisions from the catalogue and the settings: pure data, without Pulumi."""
