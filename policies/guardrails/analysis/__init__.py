"""Analyses that several rules share: IAM documents, routes, nodes of a cluster, pods and the command of vLLM."""
