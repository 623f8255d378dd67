"""Serve the kubernetes provider: ``python -m rehearsal.kubernetes``."""

from rehearsal.kubernetes.provider import KubernetesProvider
from rehearsal.plugins.grpc_server import serve

if __name__ == "__main__":
    serve(KubernetesProvider())
