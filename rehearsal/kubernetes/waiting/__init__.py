"""Waiting for the readiness of Kubernetes objects, with the reason when one does not become ready."""
