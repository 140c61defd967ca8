"""Every annotation that a release of Linkerd from 2.13 to 2.20 reads, by prefix.

Source: linkerd2, pkg/k8s/labels.go, policy-controller/k8s/index/src/outbound and, for tracing by
the extension, jaeger/injector/mutator/webhook.go.
"""

from __future__ import annotations

_CONFIG = """
access-log admin-port admission-webhooks close-wait-timeout control-port debug-image
debug-image-pull-policy debug-image-version default-inbound-policy enable-debug-sidecar
enable-external-profiles enable-gateway image-pull-policy inbound-port init-image
init-image-version opaque-ports outbound-port pod-inbound-ports proxy-additional-env
proxy-admin-shutdown proxy-await proxy-cpu-limit proxy-cpu-ratio-limit proxy-cpu-request
proxy-disable-inbound-protocol-detect-timeout proxy-disable-outbound-protocol-detect-timeout
proxy-enable-native-sidecar proxy-ephemeral-storage-limit proxy-ephemeral-storage-request
proxy-gid proxy-image proxy-inbound-connect-timeout proxy-inbound-discovery-cache-unused-timeout
proxy-log-format proxy-log-http-headers proxy-log-level proxy-memory-limit proxy-memory-request
proxy-metrics-hostname-labels proxy-outbound-connect-timeout
proxy-outbound-discovery-cache-unused-timeout proxy-require-identity-inbound-ports proxy-uid
proxy-version shutdown-grace-period skip-inbound-ports skip-outbound-ports skip-subnets
trace-collector trace-collector-name trace-collector-protocol
"""
_CONFIG_ALPHA = """
proxy-enable-native-sidecar proxy-wait-before-exit-seconds trace-collector-service-account
"""
_BALANCER = """
failure-accrual failure-accrual-consecutive-jitter-ratio failure-accrual-consecutive-max-failures
failure-accrual-consecutive-max-penalty failure-accrual-consecutive-min-penalty
"""
_BALANCER_ALPHA = """
failure-accrual-honor-retry-after failure-accrual-success-rate-min-requests
failure-accrual-success-rate-threshold failure-accrual-success-rate-window
load-biaser-max-retry-after load-biaser-penalty penalize-failures
"""

KNOWN: dict[str, tuple[str, ...]] = {
    prefix: tuple(words.split())
    for prefix, words in (
        ("config.linkerd.io", _CONFIG),
        ("config.alpha.linkerd.io", _CONFIG_ALPHA),
        ("config.beta.linkerd.io", "proxy-enable-native-sidecar"),
        ("balancer.linkerd.io", _BALANCER),
        ("balancer.alpha.linkerd.io", _BALANCER_ALPHA),
        ("retry.linkerd.io", "http grpc limit timeout"),
        ("timeout.linkerd.io", "request response idle"),
    )
}
"""The names under each prefix."""
