"""Building blocks for running Pulumi on generated workspaces: files, locks, processes, events, state of a stack.

Portal and rehearsal use them, and the preflight uses `workspace.kubeconfig`; they import nothing of ours.
"""
