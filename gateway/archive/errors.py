"""The error of a build."""


class ArchiveError(Exception):
    """The archive cannot be built; the message is one line with the reason and the fix."""
