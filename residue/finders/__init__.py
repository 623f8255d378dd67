"""What is left of a stack, one file for each kind of resource."""
