"""Benchmarks of services, out of the buckets of the platforms."""
