"""Building blocks for running Pulumi on generated workspaces: files, locks, processes, events, state of a stack.

Portal and rehearsal stand on them, and of the preflight the kubeconfig; they import nothing of ours.
"""
