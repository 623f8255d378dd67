"""Checks against AWS of what would make `pulumi up` fail, before anything is created: in previews, and as a command.

Nothing here runs in an update, and importing a module calls nothing.
"""
