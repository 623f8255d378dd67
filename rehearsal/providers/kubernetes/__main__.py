"""Serve the kubernetes provider: ``python -m rehearsal.providers.kubernetes``."""

from rehearsal.providers.kubernetes.provider import KubernetesProvider
from rehearsal.providers.plugin import main

if __name__ == "__main__":
    main(KubernetesProvider())
