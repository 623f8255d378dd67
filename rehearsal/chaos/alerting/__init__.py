"""Faults that set alerts off: each with the alerts that follow it, and no other."""
