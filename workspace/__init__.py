"""Building blocks for running Pulumi on generated workspaces: files, locks, processes, events, state of a stack.

Portal and rehearsal stand on them; they import nothing of ours.
"""
