"""``make new-service``: one entry of the catalogue, and the calls to it."""
