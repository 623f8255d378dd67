"""The process that keeps a world's daemons running."""
