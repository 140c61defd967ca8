"""What the proxies know about protocols by themselves."""

from __future__ import annotations

DEFAULT_OPAQUE_PORTS = frozenset({25, 587, 3306, 4444, 5432, 6379, 9300, 11211})
"""The ports whose protocol proxies do not detect: SMTP, MySQL, Galera, PostgreSQL, Redis, ...

Source: the value ``proxy.opaquePorts`` of the chart linkerd-control-plane, and
https://linkerd.io/2-edge/features/protocol-detection/
"""
