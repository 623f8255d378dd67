"""What runs on the system pool, and what nodes it takes."""
