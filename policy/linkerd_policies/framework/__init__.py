"""The framework: what a rule is, and how the engine runs it. It knows nothing of Linkerd."""
