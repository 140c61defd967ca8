"""The local cluster: a real Kubernetes control plane on loopback addresses, without a kubelet.

etcd, kube-apiserver, kube-controller-manager and kube-scheduler run as plain processes. KWOK
simulates the nodes, so Pods become Ready but no container runs. Other code uses
``tools.cluster.api``; people use ``python -m tools.cluster``.
"""
