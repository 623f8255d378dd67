"""Discovery of the services: in Kubernetes, or in a file."""
