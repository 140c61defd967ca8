"""What a rule is, and how the engine has it evaluated. Knows nothing of Linkerd."""
