"""What people run every day: deploy, preview, canaries, rendering, new services.

``python -m commands VERB``; :mod:`commands.verbs` has the table of verbs.
"""
