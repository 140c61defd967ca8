"""Canaries by hand: weights and the gate they pass, the metrics behind it, and Flagger's status."""
