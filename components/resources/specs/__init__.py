"""The specs of the custom resources that the program writes, typed so that mypy finds a typo.

Only fields that the program sets are here. The keys are the API's own.
"""
