"""The policy verdict of a run, as reports for CI."""
