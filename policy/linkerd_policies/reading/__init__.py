"""Readers: what a stack's objects say about Linkerd and Kubernetes, without judging it."""
