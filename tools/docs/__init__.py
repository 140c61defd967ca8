"""Write the generated pages under ``docs/``."""
