"""Objects in the examples of several rules: a profile, and a workload that passes every rule."""

from __future__ import annotations

from linkerd_policies.reading import linkerd
from linkerd_policies.shared import limits

NAMESPACE = f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    {linkerd.INJECT}: enabled
    {linkerd.INBOUND_POLICY}: all-authenticated
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  template:
    metadata:
      labels: {app: cart}
    spec:
      serviceAccountName: cart
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: cart
          image: registry.example/shop/cart:1.4.2
          ports: [{containerPort: 8080}]
          env:
            - name: DATABASE_PASSWORD
              valueFrom: {secretKeyRef: {name: cart, key: password}}
          readinessProbe: {httpGet: {path: /ready, port: 8080}}
          resources:
            requests: {cpu: 50m, memory: 64Mi}
            limits: {memory: 128Mi}
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
"""

PROFILE = """\
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: cart.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
    - name: GET /items
      condition: {method: GET, pathRegex: /items}
"""
BUDGET = (
    f"  retryBudget: {{retryRatio: {limits.RETRY_RATIO}, "
    f"minRetriesPerSecond: {limits.RETRIES_PER_SECOND}, ttl: {limits.BUDGET_TTL}}}\n"
)

GOOD = f"{NAMESPACE}---\n{DEPLOYMENT}"


def without(line: str, instead: str = "") -> str:
    """:data:`GOOD` with ``instead`` in place of ``line``. Raises ValueError without such a line."""
    if line not in GOOD:
        raise ValueError(f"the example has no {line!r}")
    return GOOD.replace(line, instead)
