"""Network of a sandbox: an address and ports of its own for every pod, in one of two ways.

NAMESPACES: one network namespace for the sandbox and one for each pod, joined by a bridge; addresses of pods, nodes and
Services are real inside. LOOPBACK, where the kernel does not let this user make namespaces: each pod has an address in
127.0.0.0/8 that stands for its address in the VPC.
"""
