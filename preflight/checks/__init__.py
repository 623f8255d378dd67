"""One check a module: what of AWS it asks, and what it finds."""
