"""What the policy pack and the program both know: words, limits, durations, certificates.

These modules import the standard library and ``cryptography`` only, so the pack can be published
alone. ``make docs`` copies them into the program, as ``components/linkerd/shared``. Edit the pack's
copy.

Rules do not belong here. The pack checks what the program writes, so the two stay independent.
"""
