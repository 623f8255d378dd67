"""Emulator of Pulumi's eks component provider: Cluster, ManagedNodeGroup and Addon, expanded as eks 4.3 expands them."""
