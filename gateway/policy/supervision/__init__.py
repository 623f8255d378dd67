"""Supervisor of the policy's processes, with the servers for Prometheus and the kubelet."""
