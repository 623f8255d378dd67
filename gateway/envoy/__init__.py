"""Envoy's side of the gateway: bootstrap, clusters and endpoints as plain dicts, which Envoy reads as JSON."""
