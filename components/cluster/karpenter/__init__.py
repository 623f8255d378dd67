"""Karpenter: nodes that are launched when pods need them, and what it needs in AWS and in the cluster."""
