"""Development tools of the repository. No deployed program imports this package."""
