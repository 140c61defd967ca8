"""What components share when they declare resources: names of labels, metadata, specs, options."""
