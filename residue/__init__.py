"""What of a stack still exists in AWS, or bills, after its destroy: found by tag and by name, with cost and command.

Everything here only reads. A resource is found by the stack's own tags (``project`` and ``stack``), by the tags that
controllers inside the cluster give what they make, and by the names that AWS gives what it makes for a cluster.
"""
