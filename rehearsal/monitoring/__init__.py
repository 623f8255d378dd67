"""Monitoring of a sandbox as a user reads it: metrics, alerts, what arrived by SNS, and faults that set alerts off."""
