"""Mutation tests of the policy pack: does any test notice when a rule is changed?"""
