"""``make tools``: every tool of this project, found on PATH or built from pinned Go modules.

Standard library only: this package makes the virtual environment.
"""
