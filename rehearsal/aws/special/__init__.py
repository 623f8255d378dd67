"""Behaviours of types whose life is more than one create, one read and one delete operation."""
