"""One check a module: what it reads of AWS, and what it finds."""
