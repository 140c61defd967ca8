"""Linkerd's own controllers as local processes, and what the tests need to talk to them.

The programs are those of Linkerd's Go module. They take their arguments and their configuration
from the objects of the deployed platform, as they would in its pods.
"""
