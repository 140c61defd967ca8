"""The rules, one module or folder for each documented group.

A group imports the readers and the framework, and no other group. What groups share is here:
:mod:`.groups` (names and tags), :mod:`.examples` (objects for the documentation) and
:mod:`.remediations` (what rules fill in by themselves).
"""
