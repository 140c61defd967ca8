"""What the Pulumi program builds: one folder per concern, one component per file."""
