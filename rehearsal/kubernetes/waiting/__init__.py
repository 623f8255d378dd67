"""Waiting until an object is what was asked for, and saying why when it will not be."""
