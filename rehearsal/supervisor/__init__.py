"""The process that keeps a sandbox's daemons running."""
