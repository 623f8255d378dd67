"""Discovery through the Kubernetes API: namespaces, Services, EndpointSlices, and the Secrets with the engines' keys."""
