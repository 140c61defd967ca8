"""The local cluster: a real Kubernetes control plane on loopback addresses, without a kubelet.

etcd, kube-apiserver, kube-controller-manager and kube-scheduler run as plain processes; KWOK plays
the nodes, so Pods become Ready but no container runs. ``tools.cluster.api`` is the way in for other
code, ``python -m tools.cluster`` the one for people.
"""
