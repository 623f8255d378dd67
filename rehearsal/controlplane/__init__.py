"""The real Kubernetes control plane on loopback: its keys, its processes and a client for its API."""
