"""Stand-ins for the container images a stack runs, one process a container, and the table that says which is which."""
