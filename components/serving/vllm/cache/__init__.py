"""The compile cache of a service: an archive in the bucket that a Job makes once and every engine starts with."""
