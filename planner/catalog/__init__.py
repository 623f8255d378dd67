"""Dated tables: EC2 instance types, GPUs, Kubernetes versions of EKS, models."""
