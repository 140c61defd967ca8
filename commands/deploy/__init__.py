"""``make up``, ``make preview``, ``make down``: the ordinary Pulumi workflow with its set-up."""
