"""Readers: they find facts in a stack's Kubernetes objects. They do not judge them."""
