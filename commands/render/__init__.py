"""``make render``: a stack's objects as YAML files, without a cluster."""
