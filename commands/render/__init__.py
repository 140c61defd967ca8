"""``make render``: the program's objects as YAML files, without a cluster and without a network."""
