"""``make tools``: everything this project runs, found on PATH or built from pinned Go modules.

Standard library only: this package runs before the virtual environment exists, and makes it.
"""
