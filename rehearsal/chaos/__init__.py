"""Failures of AWS in a sandbox: spot reclaims, missing capacity, failed nodes, a lost zone."""
