"""``make up``, ``preview``, ``drift``, ``status``, ``down``: the Pulumi workflow and its set-up."""
